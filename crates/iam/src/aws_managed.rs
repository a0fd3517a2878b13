//! AWS's managed policies that serverless applications use, with the ids, versions, dates and
//! documents that AWS gives them ("AWS Managed Policy Reference Guide"). A policy that is not
//! here does not exist: attaching it is refused, not ignored.

use base::Timestamp;

/// A managed policy of AWS. Only its version in force is known.
#[derive(Debug, PartialEq)]
pub(crate) struct AwsManaged {
    pub name: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub version: u64,
    created: &'static str,
    updated: &'static str,
    pub document: &'static str,
}

impl AwsManaged {
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:{}:iam::aws:policy{}{}",
            base::PARTITION,
            self.path,
            self.name
        )
    }

    pub(crate) fn created(&self) -> Timestamp {
        Timestamp::parse_iso8601(self.created).unwrap_or_default()
    }

    pub(crate) fn updated(&self) -> Timestamp {
        Timestamp::parse_iso8601(self.updated).unwrap_or_default()
    }
}

/// The policy with this ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsManaged> {
    ALL.iter().find(|policy| policy.arn() == arn)
}

macro_rules! policy {
    ($name:literal, $path:literal, $id:literal, $version:literal, $created:literal, $updated:literal) => {
        AwsManaged {
            name: $name,
            path: $path,
            id: $id,
            version: $version,
            created: $created,
            updated: $updated,
            document: include_str!(concat!("aws_managed/", $name, ".json")),
        }
    };
}

/// In the order of their names.
#[rustfmt::skip]
pub(crate) static ALL: &[AwsManaged] = &[
    policy!("AdministratorAccess", "/", "ANPAIWMBCKSKIEE64ZLYK", 1, "2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z"),
    policy!("AmazonAPIGatewayAdministrator", "/", "ANPAJ4PT6VY5NLKTNUYSI", 1, "2015-07-09T17:34:45Z", "2015-07-09T17:34:45Z"),
    policy!("AmazonAPIGatewayInvokeFullAccess", "/", "ANPAIIWAX2NOOQJ4AIEQ6", 2, "2015-07-09T17:36:12Z", "2018-12-18T18:25:10Z"),
    policy!("AmazonAPIGatewayPushToCloudWatchLogs", "/service-role/", "ANPAIK4GFO7HLKYN64ASK", 1, "2015-11-11T23:41:46Z", "2015-11-11T23:41:46Z"),
    policy!("AmazonDynamoDBFullAccess", "/", "ANPAINUGF2JSOSUY76KYA", 15, "2015-02-06T18:40:11Z", "2021-01-29T17:38:30Z"),
    policy!("AmazonDynamoDBReadOnlyAccess", "/", "ANPAIY2XFNA232XJ6J7X2", 15, "2015-02-06T18:40:12Z", "2024-11-18T17:38:15Z"),
    policy!("AmazonS3FullAccess", "/", "ANPAIFIR6V6BVTRAHWINE", 2, "2015-02-06T18:40:58Z", "2021-09-27T20:16:37Z"),
    policy!("AmazonS3ReadOnlyAccess", "/", "ANPAIZTJ4DXE7G6AGAE6M", 3, "2015-02-06T18:40:59Z", "2023-08-10T21:31:39Z"),
    policy!("AmazonSNSFullAccess", "/", "ANPAJWEKLCXXUNT2SOLSG", 2, "2015-02-06T18:41:05Z", "2024-09-24T22:32:05Z"),
    policy!("AmazonSQSFullAccess", "/", "ANPAI65L554VRJ33ECQS6", 1, "2015-02-06T18:41:07Z", "2015-02-06T18:41:07Z"),
    policy!("AWSLambda_FullAccess", "/", "ANPAZKAPJZG4OXQPYWZ5D", 7, "2020-11-17T21:14:08Z", "2026-02-12T18:00:51Z"),
    policy!("AWSLambda_ReadOnlyAccess", "/", "ANPAZKAPJZG4IERNVMNPE", 5, "2020-11-17T21:10:32Z", "2026-02-12T18:02:55Z"),
    policy!("AWSLambdaBasicExecutionRole", "/service-role/", "ANPAJNCQGXC42545SKXIK", 1, "2015-04-09T15:03:43Z", "2015-04-09T15:03:43Z"),
    policy!("AWSLambdaDynamoDBExecutionRole", "/service-role/", "ANPAIP7WNAGMIPYNW4WQG", 1, "2015-04-09T15:09:29Z", "2015-04-09T15:09:29Z"),
    policy!("AWSLambdaENIManagementAccess", "/service-role/", "ANPAJXAW2Q3KPTURUT2QC", 2, "2016-12-06T00:37:27Z", "2020-10-01T20:07:26Z"),
    policy!("AWSLambdaExecute", "/", "ANPAJE5FX7FQZSU5XAKGO", 1, "2015-02-06T18:40:46Z", "2015-02-06T18:40:46Z"),
    policy!("AWSLambdaInvocation-DynamoDB", "/", "ANPAJTHQ3EKCQALQDYG5G", 1, "2015-02-06T18:40:47Z", "2015-02-06T18:40:47Z"),
    policy!("AWSLambdaKinesisExecutionRole", "/service-role/", "ANPAJHOLKJPXV4GBRMJUQ", 2, "2015-04-09T15:14:16Z", "2018-11-19T20:09:24Z"),
    policy!("AWSLambdaRole", "/service-role/", "ANPAJX4DPCRGTC4NFDUXI", 1, "2015-02-06T18:41:28Z", "2015-02-06T18:41:28Z"),
    policy!("AWSLambdaSQSQueueExecutionRole", "/service-role/", "ANPAJFWJZI6JNND4TSELK", 1, "2018-06-14T21:50:45Z", "2018-06-14T21:50:45Z"),
    policy!("AWSLambdaVPCAccessExecutionRole", "/service-role/", "ANPAJVTME3YLVNL72YR2K", 3, "2016-02-11T23:15:26Z", "2024-01-05T22:38:26Z"),
    policy!("AWSXRayDaemonWriteAccess", "/", "ANPAIOE47HSUE5AVBNEDM", 2, "2018-08-28T23:00:33Z", "2024-02-13T21:58:30Z"),
    policy!("AWSXrayWriteOnlyAccess", "/", "ANPAIAACM4LMYSRGBCTM6", 2, "2016-12-01T18:19:53Z", "2018-08-28T23:03:04Z"),
    policy!("CloudWatchLogsFullAccess", "/", "ANPAJ3ZGNWK2R5HW5BQFO", 8, "2015-02-06T18:40:02Z", "2026-02-12T18:00:33Z"),
    policy!("CloudWatchLogsReadOnlyAccess", "/", "ANPAJ2YIYDYSNNEHK3VKW", 12, "2015-02-06T18:40:03Z", "2026-02-12T17:59:13Z"),
    policy!("IAMFullAccess", "/", "ANPAI7XKCFMBPM3QQRRVQ", 2, "2015-02-06T18:40:38Z", "2019-06-21T19:40:00Z"),
    policy!("IAMReadOnlyAccess", "/", "ANPAJKSO7NDY4T57MWDSQ", 4, "2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z"),
    policy!("PowerUserAccess", "/", "ANPAJYRXTHIB4FOVS3ZXS", 12, "2015-02-06T18:39:47Z", "2026-02-12T17:59:14Z"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Dialect, Policy};

    #[test]
    fn every_document_is_a_policy_and_every_date_a_date() {
        for policy in ALL {
            Policy::parse(policy.document, Dialect::Identity).expect(policy.name);
            assert!(policy.created().as_secs() > 0, "{}", policy.name);
            assert!(policy.updated() >= policy.created(), "{}", policy.name);
            assert_eq!(find(&policy.arn()), Some(policy));
            assert_eq!((policy.id.len(), policy.id.get(..4)), (21, Some("ANPA")));
        }
    }
}
