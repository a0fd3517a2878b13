//! What stands for members that the models call sensitive, where a shape is shown.

use std::fmt;

/// Shows nothing of a secret.
pub(crate) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use crate::iam::CreateAccessKeyOutput;
    use crate::{iam, sts};

    #[test]
    fn secrets_are_not_shown() {
        let secret = || "wJalrXUtnFEMI".to_owned();
        let key = CreateAccessKeyOutput {
            access_key: iam::AccessKey {
                access_key_id: "AKIA".to_owned(),
                secret_access_key: secret(),
                ..iam::AccessKey::default()
            },
        };
        let session = sts::Credentials {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: secret(),
            session_token: secret(),
            expiration: base::Timestamp::from_millis(0),
        };
        for (shown, id) in [
            (format!("{key:?}"), "AKIA"),
            (format!("{session:?}"), "ASIA"),
        ] {
            assert!(shown.contains(id) && !shown.contains(&secret()), "{shown}");
        }
    }
}
