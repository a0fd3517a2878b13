//! Roles that belong to a service: which services have one, what it is called, which policy it has.
//!
//! From the services' own documentation ("AWS services that work with IAM", column
//! "Service-linked roles"). A service that is not here is given a role of a name made from its
//! own, as IAM takes any service that may exist.

use crate::error::Error;

/// What the paths of these roles begin with.
pub(crate) const PATH: &str = "/aws-service-role/";

/// Whether a service can have several roles, told apart by a suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suffix {
    Allowed,
    No,
}

/// Service principals without `.amazonaws.com`, role names without `AWSServiceRoleFor`, policies.
#[rustfmt::skip]
const SERVICES: &[(&str, &str, &str, Suffix)] = &[
    ("accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy", Suffix::No),
    ("acm", "CertificateManager", "CertificateManagerServiceRolePolicy", Suffix::No),
    ("appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy", Suffix::No),
    ("autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy", Suffix::Allowed),
    ("autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy", Suffix::No),
    ("backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup", Suffix::No),
    ("batch", "Batch", "BatchServiceRolePolicy", Suffix::No),
    ("cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable", "AWSApplicationAutoscalingCassandraTablePolicy", Suffix::No),
    ("cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy", Suffix::No),
    ("cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy", Suffix::No),
    ("codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy", Suffix::No),
    ("config", "Config", "AWSConfigServiceRolePolicy", Suffix::No),
    ("connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", Suffix::Allowed),
    ("contributorinsights.dynamodb", "DynamoDBCloudWatchContributorInsights", "DynamoDBCloudWatchContributorInsightsServiceRolePolicy", Suffix::No),
    ("dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy", Suffix::No),
    ("dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy", Suffix::No),
    ("docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy", Suffix::No),
    ("dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable", "AWSApplicationAutoscalingDynamoDBTablePolicy", Suffix::No),
    ("ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint", Suffix::No),
    ("ec2.application-autoscaling", "ApplicationAutoScaling_EC2SpotFleetRequest", "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy", Suffix::No),
    ("ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy", Suffix::No),
    ("ecs", "ECS", "AmazonECSServiceRolePolicy", Suffix::No),
    ("eks", "AmazonEKS", "AmazonEKSServiceRolePolicy", Suffix::No),
    ("eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy", Suffix::No),
    ("eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy", Suffix::No),
    ("eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup", Suffix::No),
    ("elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy", Suffix::No),
    ("elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy", Suffix::No),
    ("elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy", Suffix::No),
    ("elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy", Suffix::No),
    ("email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy", Suffix::No),
    ("emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy", Suffix::No),
    ("emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL", Suffix::No),
    ("fis", "FIS", "AmazonFISServiceRolePolicy", Suffix::No),
    ("grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy", Suffix::No),
    ("imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder", Suffix::No),
    ("iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy", Suffix::No),
    ("kafka", "Kafka", "KafkaServiceRolePolicy", Suffix::No),
    ("kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy", Suffix::No),
    ("kinesisreplication.dynamodb", "DynamoDBKinesisDataStreamsReplication", "DynamoDBKinesisReplicationServiceRolePolicy", Suffix::No),
    ("lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy", Suffix::No),
    ("lambda.application-autoscaling", "ApplicationAutoScaling_LambdaConcurrency", "AWSApplicationAutoscalingLambdaConcurrencyPolicy", Suffix::No),
    ("lex", "LexBots", "AmazonLexBotPolicy", Suffix::No),
    ("lexv2", "LexV2Bots", "AmazonLexV2BotPolicy", Suffix::Allowed),
    ("lightsail", "Lightsail", "LightsailExportAccess", Suffix::No),
    ("logger.cloudfront", "CloudFrontLogger", "AWSCloudFrontLogger", Suffix::No),
    ("m2", "AWSM2", "AWSM2ServicePolicy", Suffix::No),
    ("memorydb", "MemoryDB", "MemoryDBServiceRolePolicy", Suffix::No),
    ("mq", "AmazonMQ", "AmazonMQServiceRolePolicy", Suffix::No),
    ("mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy", Suffix::No),
    ("notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy", Suffix::No),
    ("observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy", Suffix::No),
    ("opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy", Suffix::No),
    ("ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy", Suffix::No),
    ("ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy", Suffix::No),
    ("opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy", Suffix::No),
    ("opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy", Suffix::No),
    ("pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy", Suffix::No),
    ("ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy", Suffix::No),
    ("rds", "RDS", "AmazonRDSServiceRolePolicy", Suffix::No),
    ("redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy", Suffix::No),
    ("replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy", Suffix::No),
    ("replication.dynamodb", "DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy", Suffix::No),
    ("replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy", Suffix::No),
    ("replicator.lambda", "LambdaReplicator", "AWSLambdaReplicator", Suffix::No),
    ("repository.sync.codeconnections", "RepositorySync", "AWSCodeConnectionsServiceRolePolicy", Suffix::No),
    ("resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy", Suffix::No),
    ("rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy", Suffix::No),
    ("s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy", Suffix::No),
    ("ses", "AmazonSES", "AmazonSESServiceRolePolicy", Suffix::No),
    ("shield", "AWSShield", "AWSShieldServiceRolePolicy", Suffix::No),
    ("ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy", Suffix::No),
    ("ssm-incidents", "IncidentManager", "AWSIncidentManagerIncidentAccessServiceRolePolicy", Suffix::No),
    ("ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy", Suffix::No),
    ("sso", "SSO", "AWSSSOServiceRolePolicy", Suffix::No),
    ("vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy", Suffix::No),
    ("waf", "WAFLogging", "WAFLoggingServiceRolePolicy", Suffix::No),
    ("wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy", Suffix::No),
];

/// What a service's role is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServiceLinked {
    pub name: String,
    pub path: String,
    pub policy_arn: Option<String>,
}

impl ServiceLinked {
    /// # Errors
    /// The service is none, or can have no role with a suffix.
    pub(crate) fn of(service: &str, suffix: Option<&str>) -> Result<ServiceLinked, Error> {
        let short = service.strip_suffix(".amazonaws.com");
        let found = SERVICES.iter().find(|(known, ..)| Some(*known) == short);
        let (name, policy, suffix_rule) = match (found, short) {
            (Some((_, name, policy, rule)), _) => ((*name).to_owned(), Some(*policy), *rule),
            (None, Some(short)) if !short.is_empty() => (capitalised(short), None, Suffix::Allowed),
            _ => {
                return Err(Error::BadSimulation(format!(
                    "Invalid service name {service}"
                )));
            }
        };
        let name = match (suffix, suffix_rule) {
            (None, _) => format!("AWSServiceRoleFor{name}"),
            (Some(suffix), Suffix::Allowed) => format!("AWSServiceRoleFor{name}_{suffix}"),
            (Some(_), Suffix::No) => return Err(Error::SuffixNotAllowed(service.to_owned())),
        };
        let partition = base::PARTITION;
        let arn = |policy| format!("arn:{partition}:iam::aws:policy/aws-service-role/{policy}");
        Ok(ServiceLinked {
            name,
            path: format!("{PATH}{service}/"),
            policy_arn: policy.map(arn),
        })
    }
}

/// `my-service.region` becomes `MyServiceRegion`.
fn capitalised(short: &str) -> String {
    let words = short.split(['-', '.']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// The trust policy of a service's role.
pub(crate) fn trust(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_suffixes() {
        let of = |service: &str, suffix: Option<&str>| ServiceLinked::of(service, suffix).ok();
        let gateway = of("ops.apigateway.amazonaws.com", None).unwrap();
        assert_eq!(gateway.name, "AWSServiceRoleForAPIGateway");
        assert_eq!(
            gateway.path,
            "/aws-service-role/ops.apigateway.amazonaws.com/"
        );
        let scaling = of("autoscaling.amazonaws.com", Some("x")).unwrap();
        assert_eq!(scaling.name, "AWSServiceRoleForAutoScaling_x");
        assert_eq!(of("eks.amazonaws.com", Some("x")), None);
        let other = of("some-thing.amazonaws.com", None).unwrap();
        assert_eq!(
            (other.name.as_str(), other.policy_arn),
            ("AWSServiceRoleForSomeThing", None)
        );
        assert_eq!(of("example.com", None), None);
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(SERVICES.is_sorted_by_key(|(service, ..)| *service));
    }
}
