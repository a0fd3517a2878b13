"""Users, groups, keys, subscriptions and the like in templates."""

from harness.clients import Clients
from test_up import up  # noqa: F401  (a fixture)

TEMPLATE = """
Resources:
  Readers:
    Type: AWS::IAM::Group
    Properties:
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]
      Policies:
        - PolicyName: inline
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]}
  Reader:
    Type: AWS::IAM::User
    Properties:
      UserName: reader
      Groups: [!Ref Readers]
      Tags: [{Key: team, Value: a}]
      LoginProfile: {Password: "a-Long-enough-1-password"}
  Key:
    Type: AWS::IAM::AccessKey
    Properties: {UserName: !Ref Reader}
  Own:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: own
      Users: [!Ref Reader]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:GetUser", Resource: "*"}]}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Groups: [!Ref Readers]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "lambda:ListFunctions", Resource: "*"}]}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /own}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
  Url:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !GetAtt Function.Arn, AuthType: NONE}
  Leave:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: !Sub "logs.${AWS::Region}.amazonaws.com"
      SourceArn: !GetAtt Group.Arn
  Subscription:
    Type: AWS::Logs::SubscriptionFilter
    DependsOn: Leave
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: "{ $.level = ERROR }"
      DestinationArn: !GetAtt Function.Arn
  LogPolicy:
    Type: AWS::Logs::ResourcePolicy
    Properties: {PolicyName: own, PolicyDocument: '{"Version": "2012-10-17", "Statement": []}'}
  Certificate:
    Type: AWS::ApiGateway::ClientCertificate
    Properties: {Description: own}
  Link:
    Type: AWS::ApiGateway::VpcLink
    Properties:
      Name: link
      TargetArns: ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/x/1"]
Outputs:
  KeyId: {Value: !Ref Key}
  Certificate: {Value: !Ref Certificate}
  Link: {Value: !Ref Link}
"""


def test_they_are_made(up, tmp_path):  # noqa: F811
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    admin: Clients = up(template).admin
    [group] = admin.iam.list_groups_for_user(UserName="reader")["Groups"]
    attached = admin.iam.list_attached_group_policies(GroupName=group["GroupName"])["AttachedPolicies"]
    assert len(attached) == 2
    assert admin.iam.list_group_policies(GroupName=group["GroupName"])["PolicyNames"] == ["inline"]
    assert admin.iam.list_user_policies(UserName="reader")["PolicyNames"] == ["own"]
    assert admin.iam.get_user(UserName="reader")["User"]["Tags"] == [{"Key": "team", "Value": "a"}]
    assert admin.iam.get_login_profile(UserName="reader")["LoginProfile"]["UserName"] == "reader"
    assert len(admin.iam.list_access_keys(UserName="reader")["AccessKeyMetadata"]) == 1
    [subscription] = admin.logs.describe_subscription_filters(logGroupName="/own")["subscriptionFilters"]
    assert subscription["filterPattern"] == "{ $.level = ERROR }"
    assert admin.logs.describe_resource_policies()["resourcePolicies"][0]["policyName"] == "own"
    [certificate] = admin.apigateway.get_client_certificates()["items"]
    assert certificate["description"] == "own"
    assert [link["name"] for link in admin.apigateway.get_vpc_links()["items"]] == ["link"]
