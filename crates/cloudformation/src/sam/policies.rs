//! `Policies` of a serverless function: managed policies, policy documents, and SAM's policy
//! templates.

use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::intrinsic::{Intrinsic, intrinsic};
use crate::template::wrong_type;

/// One policy of a function's role.
#[derive(Clone)]
pub(super) enum Policy {
    /// An ARN, or a call that gives one.
    Managed(Node),
    /// A policy document.
    Inline(Node),
    /// One of two, or none, as a condition has it.
    Chosen {
        mark: Mark,
        condition: String,
        then: Option<Box<Policy>>,
        otherwise: Option<Box<Policy>>,
    },
}

impl Policy {
    /// The ARN among a role's managed policies, if it is there.
    pub fn managed(&self) -> Option<Node> {
        match self {
            Policy::Managed(arn) => Some(arn.clone()),
            Policy::Inline(_) => None,
            Policy::Chosen { .. } => self.branches(&Policy::managed),
        }
    }

    /// The entry among a role's own policies, if it is there.
    pub fn inline(&self, name: &str) -> Option<Node> {
        match self {
            Policy::Managed(_) => None,
            Policy::Inline(document) => {
                let mark = document.mark;
                let name = Node::text(mark, name);
                let entry = [("PolicyName", name), ("PolicyDocument", document.clone())];
                Some(Node::map(mark, entry))
            }
            Policy::Chosen { .. } => self.branches(&|policy| policy.inline(name)),
        }
    }

    /// What becomes of the two branches, where something does.
    fn branches(&self, write: &dyn Fn(&Policy) -> Option<Node>) -> Option<Node> {
        let Policy::Chosen {
            mark,
            condition,
            then,
            otherwise,
        } = self
        else {
            return None;
        };
        let written = |branch: &Option<Box<Policy>>| branch.as_deref().and_then(write);
        let (then, otherwise) = (written(then), written(otherwise));
        if then.is_none() && otherwise.is_none() {
            return None;
        }
        let or_nothing = |node: Option<Node>| {
            node.unwrap_or_else(|| {
                let nothing = Node::text(*mark, "AWS::NoValue");
                Node::map(*mark, [("Ref", nothing)])
            })
        };
        let condition = Node::text(*mark, condition.as_str());
        let arguments = [condition, or_nothing(then), or_nothing(otherwise)];
        Some(Node::map(*mark, [("Fn::If", Node::list(*mark, arguments))]))
    }
}

/// AWS's own policies for functions that live under `service-role/`; other names have no path.
const SERVICE_ROLE: [&str; 8] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
];

/// A policy template: what it takes, allows, and on which resources, in the syntax of `Fn::Sub`.
struct PolicyTemplate {
    name: &'static str,
    parameters: &'static [&'static str],
    actions: &'static [&'static str],
    resources: &'static [&'static str],
}

const TABLE: &str =
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}";
const INDEXES: &str =
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/*";

const STREAM: &str = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/${StreamName}";
const STREAMS: &str =
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/*";
const BACKUPS: &str =
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/backup/*";

const TEMPLATES: [PolicyTemplate; 9] = [
    PolicyTemplate {
        name: "DynamoDBCrudPolicy",
        parameters: &["TableName"],
        actions: &[
            "dynamodb:GetItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Scan",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:BatchGetItem",
            "dynamodb:DescribeTable",
            "dynamodb:ConditionCheckItem",
        ],
        resources: &[TABLE, INDEXES],
    },
    PolicyTemplate {
        name: "DynamoDBReadPolicy",
        parameters: &["TableName"],
        actions: &[
            "dynamodb:GetItem",
            "dynamodb:Scan",
            "dynamodb:Query",
            "dynamodb:BatchGetItem",
            "dynamodb:DescribeTable",
        ],
        resources: &[TABLE, INDEXES],
    },
    PolicyTemplate {
        name: "DynamoDBWritePolicy",
        parameters: &["TableName"],
        actions: &[
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem",
        ],
        resources: &[TABLE, INDEXES],
    },
    PolicyTemplate {
        name: "DynamoDBReconfigurePolicy",
        parameters: &["TableName"],
        actions: &["dynamodb:UpdateTable"],
        resources: &[TABLE],
    },
    PolicyTemplate {
        name: "DynamoDBStreamReadPolicy",
        parameters: &["TableName", "StreamName"],
        actions: &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
        resources: &[STREAM, STREAMS],
    },
    PolicyTemplate {
        name: "DynamoDBBackupFullAccessPolicy",
        parameters: &["TableName"],
        actions: &[
            "dynamodb:CreateBackup",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DeleteBackup",
            "dynamodb:DescribeBackup",
            "dynamodb:ListBackups",
        ],
        resources: &[TABLE, BACKUPS],
    },
    PolicyTemplate {
        name: "CloudWatchPutMetricPolicy",
        parameters: &[],
        actions: &["cloudwatch:PutMetricData"],
        resources: &["*"],
    },
    PolicyTemplate {
        name: "FilterLogEventsPolicy",
        parameters: &["LogGroupName"],
        actions: &["logs:FilterLogEvents"],
        resources: &[
            "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${LogGroupName}:log-stream:*",
        ],
    },
    PolicyTemplate {
        name: "LambdaInvokePolicy",
        parameters: &["FunctionName"],
        actions: &["lambda:InvokeFunction"],
        resources: &[
            "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${FunctionName}*",
        ],
    },
];

/// Policy templates that speak only of services that are not here. What they allow nobody asks for,
/// so functions go without it.
const OF_ABSENT_SERVICES: [&str; 71] = [
    "AMIDescribePolicy",
    "AWSSecretsManagerGetSecretValuePolicy",
    "AWSSecretsManagerRotationPolicy",
    "AcmGetCertificatePolicy",
    "AthenaQueryPolicy",
    "CloudFormationDescribeStacksPolicy",
    "CloudWatchDashboardPolicy",
    "CloudWatchDescribeAlarmHistoryPolicy",
    "CodeCommitCrudPolicy",
    "CodeCommitReadPolicy",
    "CodePipelineLambdaExecutionPolicy",
    "CodePipelineReadOnlyPolicy",
    "ComprehendBasicAccessPolicy",
    "CostExplorerReadOnlyPolicy",
    "EC2CopyImagePolicy",
    "EC2DescribePolicy",
    "EFSWriteAccessPolicy",
    "EKSDescribePolicy",
    "EcsRunTaskPolicy",
    "ElasticMapReduceAddJobFlowStepsPolicy",
    "ElasticMapReduceCancelStepsPolicy",
    "ElasticMapReduceModifyInstanceFleetPolicy",
    "ElasticMapReduceModifyInstanceGroupsPolicy",
    "ElasticMapReduceSetTerminationProtectionPolicy",
    "ElasticMapReduceTerminateJobFlowsPolicy",
    "ElasticsearchHttpPostPolicy",
    "EventBridgePutEventsPolicy",
    "FirehoseCrudPolicy",
    "FirehoseWritePolicy",
    "KMSDecryptPolicy",
    "KMSEncryptPolicy",
    "KMSEncryptPolicy_v2",
    "KinesisCrudPolicy",
    "KinesisStreamReadPolicy",
    "MobileAnalyticsWriteOnlyAccessPolicy",
    "OrganizationsListAccountsPolicy",
    "PinpointEndpointAccessPolicy",
    "PollyFullAccessPolicy",
    "RekognitionDetectOnlyPolicy",
    "RekognitionFacesManagementPolicy",
    "RekognitionFacesPolicy",
    "RekognitionLabelsPolicy",
    "RekognitionNoDataAccessPolicy",
    "RekognitionReadPolicy",
    "RekognitionWriteOnlyAccessPolicy",
    "Route53ChangeResourceRecordSetsPolicy",
    "S3CrudPolicy",
    "S3FullAccessPolicy",
    "S3ReadPolicy",
    "S3WritePolicy",
    "SESBulkTemplatedCrudPolicy",
    "SESBulkTemplatedCrudPolicy_v2",
    "SESCrudPolicy",
    "SESEmailTemplateCrudPolicy",
    "SESSendBouncePolicy",
    "SNSCrudPolicy",
    "SNSPublishMessagePolicy",
    "SQSPollerPolicy",
    "SQSSendMessagePolicy",
    "SSMParameterReadPolicy",
    "SSMParameterWithSlashPrefixReadPolicy",
    "SageMakerCreateEndpointConfigPolicy",
    "SageMakerCreateEndpointPolicy",
    "ServerlessRepoReadWriteAccessPolicy",
    "StepFunctionsCallbackPolicy",
    "StepFunctionsExecutionPolicy",
    "StepFunctionsExecutionPolicy_v2",
    "TextractDetectAnalyzePolicy",
    "TextractGetResultPolicy",
    "TextractPolicy",
    "VPCAccessPolicy",
];

/// Reads the property, which may be one policy or a list.
pub(super) fn read(given: Option<&Node>) -> Result<Vec<Policy>, TemplateError> {
    let Some(node) = given else {
        return Ok(Vec::new());
    };
    let policies = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    policies
        .iter()
        .filter_map(|item| policy(item).transpose())
        .collect()
}

fn is_of_absent_service(node: &Node) -> bool {
    let template = node.as_map().and_then(Map::single);
    template.is_some_and(|(name, _)| OF_ABSENT_SERVICES.contains(&name.text.as_str()))
}

/// None where there is none, or only one about services that are not here.
fn policy(node: &Node) -> Result<Option<Policy>, TemplateError> {
    match intrinsic(node)? {
        Some(Intrinsic::Ref("AWS::NoValue")) => Ok(None),
        Some(Intrinsic::If {
            condition,
            then,
            otherwise,
        }) => Ok(Some(Policy::Chosen {
            mark: node.mark,
            condition: condition.to_owned(),
            then: policy(then)?.map(Box::new),
            otherwise: policy(otherwise)?.map(Box::new),
        })),
        Some(_) => Ok(Some(Policy::Managed(node.clone()))),
        None if is_of_absent_service(node) => Ok(None),
        None => plain(node).map(Some),
    }
}

fn plain(node: &Node) -> Result<Policy, TemplateError> {
    match &node.value {
        Value::Text(name) => Ok(Policy::Managed(Node::text(node.mark, managed_arn(name)))),
        Value::Map(map) if map.get("Statement").is_some() => {
            let mut document = map.clone();
            if document.get("Version").is_none() {
                let version = Node::text(node.mark, "2012-10-17");
                document.set(node.mark, "Version", version);
            }
            Ok(Policy::Inline(Node::new(node.mark, Value::Map(document))))
        }
        Value::Map(map) => match map.single() {
            Some((name, values)) => from_template(name.mark, &name.text, values),
            None => Err(wrong_type(
                node,
                "a policy",
                "a name, a document or a policy template",
            )),
        },
        _ => Err(wrong_type(
            node,
            "a policy",
            "a name, a document or a policy template",
        )),
    }
}

/// One of AWS's own policies.
pub(super) fn managed(mark: Mark, name: &str) -> Policy {
    Policy::Managed(Node::text(mark, managed_arn(name)))
}

/// Leave to invoke a function.
pub(super) fn invoke(mark: Mark, function: &Node) -> Policy {
    let text = |text: &str| Node::text(mark, text);
    let statement = [
        ("Effect", text("Allow")),
        ("Action", text("lambda:InvokeFunction")),
        ("Resource", function.clone()),
    ];
    let statements = Node::list(mark, [Node::map(mark, statement)]);
    let document = [("Version", text("2012-10-17")), ("Statement", statements)];
    Policy::Inline(Node::map(mark, document))
}

fn managed_arn(name: &str) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else if SERVICE_ROLE.contains(&name) {
        format!("arn:aws:iam::aws:policy/service-role/{name}")
    } else {
        format!("arn:aws:iam::aws:policy/{name}")
    }
}

fn from_template(mark: Mark, name: &str, values: &Node) -> Result<Policy, TemplateError> {
    let Some(template) = TEMPLATES.iter().find(|t| t.name == name) else {
        let what = format!("the policy template {name:?}");
        return Err(TemplateError::not_supported(mark, what));
    };
    let mut fields = Fields::of(name, values)?;
    let mut variables = Map::default();
    for parameter in template.parameters {
        let value = fields.required(parameter)?;
        variables.set(value.mark, *parameter, value.clone());
    }
    fields.finish()?;
    let text = |text: &str| Node::text(mark, text);
    let variables = Node::new(mark, Value::Map(variables));
    let resources = template.resources.iter().map(|pattern| {
        let arguments = Node::list(mark, [text(pattern), variables.clone()]);
        Node::map(mark, [("Fn::Sub", arguments)])
    });
    let statement = Node::map(
        mark,
        [
            ("Effect", text("Allow")),
            (
                "Action",
                Node::list(mark, template.actions.iter().map(|a| text(a))),
            ),
            ("Resource", Node::list(mark, resources)),
        ],
    );
    let document = [("Statement", Node::list(mark, [statement]))];
    Ok(Policy::Inline(Node::map(mark, document)))
}
