//! Requests that were not let in, in AWS's words.

use crate::throttle::{Limit, Throttled};
use wire::Fault;
use wire::JsonWriter;
use wire::dynamodb::errors;

impl Throttled {
    /// AWS's message.
    pub(super) fn words(&self) -> &'static str {
        match (self.limit, self.is_index) {
            (Limit::OnDemand, _) => {
                "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
            }
            (Limit::Partition, _) => {
                "Throughput exceeds the maximum that a partition of the table or index can give"
            }
            (Limit::Provisioned, false) => {
                "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
            }
            (Limit::Provisioned, true) => {
                "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API"
            }
        }
    }

    /// On-demand tables have an error of their own.
    pub(super) fn fault(&self, message: String) -> Fault {
        let (info, member) = match self.limit {
            Limit::OnDemand => (&errors::THROTTLING, "throttlingReasons"),
            Limit::Provisioned | Limit::Partition => (
                &errors::PROVISIONED_THROUGHPUT_EXCEEDED,
                "ThrottlingReasons",
            ),
        };
        Fault::modelled(info, message).with(member, self.reasons())
    }

    fn reasons(&self) -> String {
        let mut out = JsonWriter::new();
        out.array(|out| {
            out.item();
            out.object(|out| {
                out.key("reason");
                out.string(&self.reason());
                out.key("resource");
                out.string(&self.resource);
            });
        });
        String::from_utf8_lossy(&out.finish()).into_owned()
    }
}
