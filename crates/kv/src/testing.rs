//! What every engine has to prove, and the means to make engines fail on purpose.
//!
//! An engine's crate calls [`contract!`](crate::contract) with a function that makes a
//! [`Subject`]: each part of the contract becomes a test of its own there.

mod cancelled;
mod conflicts;
mod crash;
mod faults;
mod faulty;
mod full_disk;
mod histories;
mod invariants;
mod limits;
mod model;
mod restart;
mod views;

pub use cancelled::abandoned_transactions_do_no_harm;
pub use conflicts::*;
pub use crash::{CrashTest, crash_child};
pub use faults::*;
pub use faulty::{Fault, Faults, FaultyEngine};
pub use full_disk::full_disk;
pub use histories::histories_are_strictly_serializable;
pub use invariants::*;
pub use limits::*;
pub use model::behaves_like_a_map;
pub use restart::*;
pub use views::*;

use crate::{Engine, Store};
use std::future::Future;

/// What is under test.
pub struct Subject {
    engine: Option<Opener<Box<dyn Engine>>>,
    store: Opener<Store>,
    lasting: Lasting,
}

type Opener<T> = Box<dyn Fn() -> T + Send + Sync>;

/// Whether data is found again after everything was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    Disk,
    Memory,
}

impl Subject {
    /// An engine. `open` is called again and again, each time after the engine it gave before is
    /// dropped. If it is to last, it opens the same data each time.
    pub fn engine(
        lasting: Lasting,
        open: impl Fn() -> Box<dyn Engine> + Send + Sync + Clone + 'static,
    ) -> Subject {
        let again = open.clone();
        Subject {
            engine: Some(Box::new(open)),
            store: Box::new(move || Store::new(again())),
            lasting,
        }
    }

    /// A [`Transactor`](crate::Transactor) that forgets, for the parts of the contract that do
    /// not ask for an engine.
    pub fn transactor(open: impl Fn() -> Store + Send + Sync + 'static) -> Subject {
        Subject {
            engine: None,
            store: Box::new(open),
            lasting: Lasting::Memory,
        }
    }

    fn open_engine(&self) -> Box<dyn Engine> {
        let open = self.engine.as_ref().expect("an engine under test");
        open()
    }

    fn open_store(&self) -> Store {
        (self.store)()
    }
}

/// Makes one test of each part of the contract.
///
/// ```text
/// fn subject() -> kv::testing::Subject { ... }
/// kv::contract!(subject);
/// ```
#[macro_export]
macro_rules! contract {
    ($subject:path) => {
        $crate::contract!($subject;
            abandoned_transactions_do_no_harm,
            a_view_never_changes,
            a_cursor_keeps_its_view,
            ranges_are_half_open_both_ways,
            keys_and_values_may_be_anything,
            behaves_like_a_map,
            blind_writes_never_conflict,
            reading_never_conflicts,
            a_changed_key_conflicts,
            an_absent_key_conflicts_when_it_appears,
            a_scan_conflicts_exactly_where_it_has_been,
            a_view_beyond_the_window_conflicts,
            histories_are_strictly_serializable,
            money_is_neither_made_nor_lost,
            one_doctor_stays_on_call,
            numbers_are_given_out_once,
            hot_counters_lose_nothing,
            a_slow_transaction_does_not_starve,
            limits_hold,
            the_largest_transaction_fits,
            restarts_lose_nothing,
            a_failed_write_stops_all_writing,
            a_full_disk_refuses_writes_until_there_is_room,
            a_failed_read_fails_its_transaction,
        );
    };
    ($subject:path; $($part:ident,)+) => {
        $(
            #[test]
            fn $part() {
                $crate::testing::$part(&$subject());
            }
        )+
    };
}

/// Runs a test on several threads.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(test)
}
