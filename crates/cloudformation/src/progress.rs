//! What a deployment tells while it goes on.

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A function's code is being packaged.
    Packaging { logical_id: &'e str },
    /// A build tool starts.
    Building { command: &'e str },
    /// A line that a build tool wrote.
    Output { line: &'e str },
    /// Something is not as the template seems to mean it; the deployment goes on.
    Warning { text: &'e str },
    /// What will be done is known: so many resources will change.
    Planned { changes: usize },
    /// A resource's turn has come.
    Started {
        logical_id: &'e str,
        type_name: &'e str,
        action: Action,
    },
    /// A resource is done.
    Finished {
        logical_id: &'e str,
        type_name: &'e str,
        action: Action,
    },
}

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    /// A new one is made, and the old one removed at the end.
    Replace,
    /// Nothing has changed.
    Keep,
    Delete,
    /// It leaves the stack and stays.
    Retain,
}

impl Action {
    /// For lines that a user reads.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Keep => "keep",
            Action::Delete => "delete",
            Action::Retain => "retain",
        }
    }
}

/// Whom to tell.
pub struct Progress<'p>(&'p (dyn Fn(&Event<'_>) + Send + Sync));

impl<'p> Progress<'p> {
    pub fn new(listener: &'p (dyn Fn(&Event<'_>) + Send + Sync)) -> Progress<'p> {
        Progress(listener)
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        (self.0)(&event);
    }
}
