//! AWS's managed policies that serverless applications use, with the ids, versions, dates and
//! documents that AWS gives them ("AWS Managed Policy Reference Guide"). A policy that is not
//! here does not exist: attaching it is refused, not ignored.

use base::Timestamp;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    static BY_ARN: LazyLock<BTreeMap<String, &AwsManaged>> =
        LazyLock::new(|| ALL.iter().map(|policy| (policy.arn(), policy)).collect());
    BY_ARN.get(arn).copied()
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
    policy!("AmazonCognitoPowerUser", "/", "ANPAJKW5H2HNCPGCYGR6Y", 9, "2015-03-24T17:14:56Z", "2026-02-12T18:00:09Z"),
    policy!("AmazonCognitoReadOnly", "/", "ANPAJBFTRZD2GQGJHSVQK", 4, "2015-03-24T17:06:46Z", "2019-08-01T19:21:04Z"),
    policy!("AmazonDynamoDBFullAccess", "/", "ANPAINUGF2JSOSUY76KYA", 15, "2015-02-06T18:40:11Z", "2021-01-29T17:38:30Z"),
    policy!("AmazonDynamoDBFullAccess_v2", "/", "ANPAZKAPJZG4APITYEQVI", 3, "2025-05-22T14:52:06Z", "2026-02-12T18:02:57Z"),
    policy!("AmazonDynamoDBReadOnlyAccess", "/", "ANPAIY2XFNA232XJ6J7X2", 15, "2015-02-06T18:40:12Z", "2024-11-18T17:38:15Z"),
    policy!("AmazonEC2ContainerRegistryReadOnly", "/", "ANPAIFYZPA37OOHVIH7KQ", 3, "2015-12-21T17:04:15Z", "2019-12-10T20:56:32Z"),
    policy!("AmazonEC2ReadOnlyAccess", "/", "ANPAIGDT4SV4GSETWTBZK", 5, "2015-02-06T18:40:17Z", "2026-02-12T18:03:17Z"),
    policy!("AmazonEventBridgeFullAccess", "/", "ANPAZKAPJZG4BUM4GCASI", 7, "2019-07-11T14:08:55Z", "2026-02-12T17:58:25Z"),
    policy!("AmazonEventBridgeReadOnlyAccess", "/", "ANPAZKAPJZG4BDMP3LZME", 6, "2019-07-11T13:59:07Z", "2022-12-01T17:02:48Z"),
    policy!("AmazonKinesisFirehoseFullAccess", "/", "ANPAJMZQMTZ7FRBFHHAHI", 1, "2015-10-07T18:45:26Z", "2015-10-07T18:45:26Z"),
    policy!("AmazonKinesisFullAccess", "/", "ANPAIVF32HAMOXCUYRAYE", 1, "2015-02-06T18:40:29Z", "2015-02-06T18:40:29Z"),
    policy!("AmazonKinesisReadOnlyAccess", "/", "ANPAIOCMTDT5RLKZ2CAJO", 1, "2015-02-06T18:40:30Z", "2015-02-06T18:40:30Z"),
    policy!("AmazonS3FullAccess", "/", "ANPAIFIR6V6BVTRAHWINE", 2, "2015-02-06T18:40:58Z", "2021-09-27T20:16:37Z"),
    policy!("AmazonS3ObjectLambdaExecutionRolePolicy", "/service-role/", "ANPAZKAPJZG4PG47VBSXA", 1, "2021-08-18T10:07:41Z", "2021-08-18T10:07:41Z"),
    policy!("AmazonS3ReadOnlyAccess", "/", "ANPAIZTJ4DXE7G6AGAE6M", 3, "2015-02-06T18:40:59Z", "2023-08-10T21:31:39Z"),
    policy!("AmazonSESFullAccess", "/", "ANPAJ2P4NXCHAT7NDPNR4", 1, "2015-02-06T18:41:02Z", "2015-02-06T18:41:02Z"),
    policy!("AmazonSNSFullAccess", "/", "ANPAJWEKLCXXUNT2SOLSG", 2, "2015-02-06T18:41:05Z", "2024-09-24T22:32:05Z"),
    policy!("AmazonSNSReadOnlyAccess", "/", "ANPAIZGQCQTFOFPMHSB6W", 2, "2015-02-06T18:41:06Z", "2024-09-24T22:13:12Z"),
    policy!("AmazonSQSFullAccess", "/", "ANPAI65L554VRJ33ECQS6", 1, "2015-02-06T18:41:07Z", "2015-02-06T18:41:07Z"),
    policy!("AmazonSQSReadOnlyAccess", "/", "ANPAIUGSSQY362XGCM6KW", 4, "2015-02-06T18:41:08Z", "2024-05-24T18:16:44Z"),
    policy!("AmazonSSMFullAccess", "/", "ANPAJA7V6HI4ISQFMDYAG", 4, "2015-05-29T17:39:47Z", "2019-11-20T20:08:56Z"),
    policy!("AmazonSSMManagedInstanceCore", "/", "ANPAIXSHM2BNB2D3AXXRU", 2, "2019-03-15T17:22:12Z", "2019-05-23T16:54:21Z"),
    policy!("AmazonSSMReadOnlyAccess", "/", "ANPAJODSKQGGJTHRYZ5FC", 1, "2015-05-29T17:44:19Z", "2015-05-29T17:44:19Z"),
    policy!("AmazonVPCReadOnlyAccess", "/", "ANPAIICZJNOJN36GTG6CM", 12, "2015-02-06T18:41:17Z", "2026-02-12T17:58:19Z"),
    policy!("AWSAppSyncPushToCloudWatchLogs", "/service-role/", "ANPAIWN7WNO34HLMJPUQS", 1, "2018-04-09T19:38:55Z", "2018-04-09T19:38:55Z"),
    policy!("AWSCloudFormationFullAccess", "/", "ANPAZKAPJZG4CRR3ZS723", 1, "2019-07-26T21:50:35Z", "2019-07-26T21:50:35Z"),
    policy!("AWSCloudFormationReadOnlyAccess", "/", "ANPAJWVBEE4I2POWLODLW", 7, "2015-02-06T18:39:49Z", "2026-02-12T18:02:00Z"),
    policy!("AWSCodeDeployRoleForLambda", "/service-role/", "ANPAJA3RQZIKNOSJ4ZQSA", 3, "2017-11-28T14:05:44Z", "2019-12-03T19:53:10Z"),
    policy!("AWSCodeDeployRoleForLambdaLimited", "/service-role/", "ANPAZKAPJZG4C55RUFGEB", 1, "2020-08-17T17:14:14Z", "2020-08-17T17:14:14Z"),
    policy!("AWSLambda_FullAccess", "/", "ANPAZKAPJZG4OXQPYWZ5D", 7, "2020-11-17T21:14:08Z", "2026-02-12T18:00:51Z"),
    policy!("AWSLambda_ReadOnlyAccess", "/", "ANPAZKAPJZG4IERNVMNPE", 5, "2020-11-17T21:10:32Z", "2026-02-12T18:02:55Z"),
    policy!("AWSLambdaBasicDurableExecutionRolePolicy", "/service-role/", "ANPAZKAPJZG4HWJVJYCLW", 3, "2025-12-02T15:04:12Z", "2026-02-12T18:01:44Z"),
    policy!("AWSLambdaBasicExecutionRole", "/service-role/", "ANPAJNCQGXC42545SKXIK", 1, "2015-04-09T15:03:43Z", "2015-04-09T15:03:43Z"),
    policy!("AWSLambdaDynamoDBExecutionRole", "/service-role/", "ANPAIP7WNAGMIPYNW4WQG", 1, "2015-04-09T15:09:29Z", "2015-04-09T15:09:29Z"),
    policy!("AWSLambdaENIManagementAccess", "/service-role/", "ANPAJXAW2Q3KPTURUT2QC", 2, "2016-12-06T00:37:27Z", "2020-10-01T20:07:26Z"),
    policy!("AWSLambdaExecute", "/", "ANPAJE5FX7FQZSU5XAKGO", 1, "2015-02-06T18:40:46Z", "2015-02-06T18:40:46Z"),
    policy!("AWSLambdaInvocation-DynamoDB", "/", "ANPAJTHQ3EKCQALQDYG5G", 1, "2015-02-06T18:40:47Z", "2015-02-06T18:40:47Z"),
    policy!("AWSLambdaKinesisExecutionRole", "/service-role/", "ANPAJHOLKJPXV4GBRMJUQ", 2, "2015-04-09T15:14:16Z", "2018-11-19T20:09:24Z"),
    policy!("AWSLambdaMSKExecutionRole", "/service-role/", "ANPAZKAPJZG4FHMXOHIS5", 2, "2020-08-11T17:35:05Z", "2022-08-02T20:08:02Z"),
    policy!("AWSLambdaRole", "/service-role/", "ANPAJX4DPCRGTC4NFDUXI", 1, "2015-02-06T18:41:28Z", "2015-02-06T18:41:28Z"),
    policy!("AWSLambdaSQSQueueExecutionRole", "/service-role/", "ANPAJFWJZI6JNND4TSELK", 1, "2018-06-14T21:50:45Z", "2018-06-14T21:50:45Z"),
    policy!("AWSLambdaVPCAccessExecutionRole", "/service-role/", "ANPAJVTME3YLVNL72YR2K", 3, "2016-02-11T23:15:26Z", "2024-01-05T22:38:26Z"),
    policy!("AWSStepFunctionsFullAccess", "/", "ANPAJXKA6VP3UFBVHDPPA", 1, "2017-01-11T21:51:32Z", "2017-01-11T21:51:32Z"),
    policy!("AWSStepFunctionsReadOnlyAccess", "/", "ANPAJONHB2TJQDJPFW5TM", 4, "2017-01-11T21:46:19Z", "2024-04-26T18:53:54Z"),
    policy!("AWSXRayDaemonWriteAccess", "/", "ANPAIOE47HSUE5AVBNEDM", 2, "2018-08-28T23:00:33Z", "2024-02-13T21:58:30Z"),
    policy!("AWSXrayFullAccess", "/", "ANPAJQBYG45NSJMVQDB2K", 2, "2016-12-01T18:30:55Z", "2024-04-11T17:07:36Z"),
    policy!("AWSXrayReadOnlyAccess", "/", "ANPAIH4OFXWPS6ZX6OPGQ", 8, "2016-12-01T18:27:02Z", "2024-02-14T00:35:02Z"),
    policy!("AWSXrayWriteOnlyAccess", "/", "ANPAIAACM4LMYSRGBCTM6", 2, "2016-12-01T18:19:53Z", "2018-08-28T23:03:04Z"),
    policy!("CloudWatchAgentServerPolicy", "/", "ANPAIGOPKN7KRDAKTLG4I", 3, "2018-03-07T01:06:44Z", "2024-02-06T16:37:37Z"),
    policy!("CloudWatchFullAccess", "/", "ANPAIKEABORKUXN6DEAZU", 4, "2015-02-06T18:40:00Z", "2022-11-27T13:23:49Z"),
    policy!("CloudWatchFullAccessV2", "/", "ANPAZKAPJZG4K5ELCXZSW", 15, "2023-08-01T11:32:57Z", "2026-02-12T18:00:06Z"),
    policy!("CloudWatchLambdaApplicationSignalsExecutionRolePolicy", "/", "ANPAZKAPJZG4EN6472RJE", 1, "2024-10-16T19:09:17Z", "2024-10-16T19:09:17Z"),
    policy!("CloudWatchLambdaInsightsExecutionRolePolicy", "/", "ANPAZKAPJZG4EDWWYYDS6", 1, "2020-10-07T19:27:06Z", "2020-10-07T19:27:06Z"),
    policy!("CloudWatchLogsFullAccess", "/", "ANPAJ3ZGNWK2R5HW5BQFO", 8, "2015-02-06T18:40:02Z", "2026-02-12T18:00:33Z"),
    policy!("CloudWatchLogsReadOnlyAccess", "/", "ANPAJ2YIYDYSNNEHK3VKW", 12, "2015-02-06T18:40:03Z", "2026-02-12T17:59:13Z"),
    policy!("CloudWatchReadOnlyAccess", "/", "ANPAJN23PDQP7SZQAE3QE", 24, "2015-02-06T18:40:01Z", "2026-02-12T18:01:50Z"),
    policy!("IAMAccessAnalyzerReadOnlyAccess", "/", "ANPAZKAPJZG4GY4R3GAPM", 4, "2019-12-02T17:12:53Z", "2024-07-18T17:49:04Z"),
    policy!("IAMFullAccess", "/", "ANPAI7XKCFMBPM3QQRRVQ", 2, "2015-02-06T18:40:38Z", "2019-06-21T19:40:00Z"),
    policy!("IAMReadOnlyAccess", "/", "ANPAJKSO7NDY4T57MWDSQ", 4, "2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z"),
    policy!("IAMUserChangePassword", "/", "ANPAJ4L4MM2A7QIEB56MS", 5, "2016-11-15T00:25:16Z", "2026-02-12T17:58:57Z"),
    policy!("PowerUserAccess", "/", "ANPAJYRXTHIB4FOVS3ZXS", 12, "2015-02-06T18:39:47Z", "2026-02-12T17:59:14Z"),
    policy!("ReadOnlyAccess", "/", "ANPAILL3HVNFSB6DCOWYQ", 178, "2015-02-06T18:39:48Z", "2026-02-12T18:01:33Z"),
    policy!("SecretsManagerReadWrite", "/", "ANPAI3VG7CI5BIQZQ6G2E", 5, "2018-04-04T18:05:29Z", "2024-02-22T18:12:06Z"),
    policy!("SecurityAudit", "/", "ANPAIX2T3QCXHR2OGGCTO", 85, "2015-02-06T18:41:01Z", "2026-03-02T17:12:11Z"),
    policy!("SystemAdministrator", "/job-function/", "ANPAITJPEZXCYCBXANDSW", 12, "2016-11-10T17:23:56Z", "2026-02-12T18:02:37Z"),
    policy!("ViewOnlyAccess", "/job-function/", "ANPAID22R6XPJATWOFDK6", 43, "2016-11-10T17:20:15Z", "2026-02-12T18:02:40Z"),
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
