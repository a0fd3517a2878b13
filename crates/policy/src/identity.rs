//! What identity-based policies must and must not contain.
//!
//! Which fault is reported when there are several follows the order in which IAM looks for them.

use crate::draft::{Draft, DraftStatement};
use crate::{Element, Malformed, compare};

const PARTITIONS: [&str; 8] = [
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
];

/// The kinds of S3 resources whose ARNs have a region.
const REGIONAL_S3: [&str; 6] = [
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
];

const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

pub(crate) fn check(draft: &Draft) -> Result<(), Malformed> {
    if draft.statements.iter().any(|s| s.principals.is_some()) {
        return Err(Malformed::PrincipalInIdentityPolicy);
    }
    let bad_resource = first_bad_resource(draft);
    if !draft.statements.iter().all(legacy_parser_accepts)
        || bad_resource == Some(Malformed::LegacyParsing)
    {
        return Err(Malformed::LegacyParsing);
    }
    check_sids(draft)?;
    for (present, missing) in [
        (
            has_actions as fn(&DraftStatement) -> bool,
            Malformed::NoActions,
        ),
        (has_resources, Malformed::NoResources),
    ] {
        if !draft.statements.iter().all(present) {
            return Err(missing);
        }
    }
    if let Some(fault) = bad_resource {
        return Err(fault);
    }
    let actions = draft.statements.iter().filter_map(|s| s.actions.as_ref());
    actions
        .flat_map(Element::patterns)
        .try_for_each(|action| check_action(action))
}

/// The effect in its exact case, and dates that are dates.
fn legacy_parser_accepts(statement: &DraftStatement) -> bool {
    let dates = statement
        .conditions
        .iter()
        .filter(|c| c.operator.compares_dates());
    matches!(statement.effect.as_str(), "Allow" | "Deny")
        && dates
            .flat_map(|c| &c.values)
            .all(|text| compare::parse_date(text).is_some())
}

fn check_sids(draft: &Draft) -> Result<(), Malformed> {
    let mut sids: Vec<&str> = draft
        .statements
        .iter()
        .filter_map(|s| s.sid.as_deref())
        .collect();
    sids.retain(|sid| !sid.is_empty());
    if !sids
        .iter()
        .all(|sid| sid.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Err(Malformed::SidCharacters);
    }
    match has_duplicates(sids) {
        true => Err(Malformed::DuplicateSid),
        false => Ok(()),
    }
}

pub(crate) fn has_duplicates(mut names: Vec<&str>) -> bool {
    names.sort_unstable();
    names
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a == b))
}

fn has_actions(statement: &DraftStatement) -> bool {
    statement
        .actions
        .as_ref()
        .is_some_and(|a| !a.patterns().is_empty())
}

fn has_resources(statement: &DraftStatement) -> bool {
    statement
        .resources
        .as_ref()
        .is_some_and(|r| !r.patterns().is_empty())
}

fn check_action(action: &str) -> Result<(), Malformed> {
    if action == "*" {
        return Ok(());
    }
    let (vendor, rest) = action
        .split_once(':')
        .ok_or(Malformed::ActionWithoutVendor)?;
    if rest.contains(':') {
        return Err(Malformed::ActionColons);
    }
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    match vendor {
        "*" => Ok(()),
        "" => Err(Malformed::ActionVendor(String::new())),
        _ if vendor.bytes().all(letter) => Ok(()),
        _ => Err(Malformed::ActionVendor(vendor.to_owned())),
    }
}

fn first_bad_resource(draft: &Draft) -> Option<Malformed> {
    let resources = draft.statements.iter().filter_map(|s| s.resources.as_ref());
    let mut resources = resources.flat_map(Element::patterns);
    resources.find_map(|resource| check_resource(resource).err())
}

fn check_resource(resource: &str) -> Result<(), Malformed> {
    if resource == "*" {
        return Ok(());
    }
    let (scheme, rest) = resource
        .split_once(':')
        .ok_or_else(|| Malformed::ResourceNotArn(resource.to_owned()))?;
    let colons = resource.bytes().filter(|b| *b == b':').count();
    if scheme == "arn" && colons < 5 && resource.contains("::") {
        return Err(Malformed::LegacyParsing);
    }
    let mut parts = rest.splitn(5, ':');
    let partition = parts.next().unwrap_or_default();
    let [service, region, account, path] = [(); 4].map(|()| parts.next());
    if scheme != "arn" || !PARTITIONS.contains(&partition) {
        let shown = [service, region, account, path].map(|part| part.unwrap_or("*"));
        return Err(Malformed::Partition {
            partition: partition.to_owned(),
            arn: format!("arn:{partition}:{}", shown.join(":")),
        });
    }
    match service {
        None => return Err(Malformed::ResourceVendor),
        Some("") => return Err(Malformed::LegacyParsing),
        Some(service) if service.contains(['*', '?']) => return Err(Malformed::ResourceVendor),
        Some(_) => {}
    }
    let names_region = !matches!(region, None | Some("" | "*"));
    let starts_with = |kinds: &[&str]| path.is_some_and(|p| kinds.iter().any(|k| p.starts_with(k)));
    match service {
        Some("iam") if names_region => Err(Malformed::IamRegion(resource.to_owned())),
        Some("iam") if matches!(path, None | Some("*" | "root")) => Ok(()),
        Some("iam") if !starts_with(&IAM_PATHS) => Err(Malformed::IamPath),
        Some("s3") if names_region && !starts_with(&REGIONAL_S3) => {
            Err(Malformed::S3Region(resource.to_owned()))
        }
        _ => Ok(()),
    }
}
