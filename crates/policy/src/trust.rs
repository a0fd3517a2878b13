//! What policies that name principals must and must not contain: a role's trust policy, and the
//! resource-based policies of the services.

use crate::draft::{Draft, DraftPrincipal, DraftStatement};
use crate::identity::has_duplicates;
use crate::{Element, Malformed, PrincipalPattern};
use base::Arn;

pub(crate) fn check_trust_policy(draft: &Draft) -> Result<(), Malformed> {
    for statement in &draft.statements {
        check_effect(statement)?;
        match &statement.principals {
            Some(Element::IsNot(_)) if statement.effect == "Allow" => {
                return Err(Malformed::AllowWithNotPrincipal);
            }
            Some(Element::IsNot(_)) => return Err(Malformed::NotPrincipalInTrustPolicy),
            Some(Element::Is(named)) if matches!(named.as_slice(), [DraftPrincipal::Star]) => {
                return Err(Malformed::StarInTrustPolicy);
            }
            _ => check_principals(statement)?,
        }
        let names_sts = |action: &String| matches!(action.split_once(':'), Some(("sts", _)));
        if !actions(statement)?.iter().all(names_sts) {
            return Err(Malformed::NotAnAssumeRoleAction);
        }
        match &statement.resources {
            Some(Element::Is(_)) => return Err(Malformed::ResourceInTrustPolicy),
            Some(Element::IsNot(_)) => return Err(Malformed::NotResourceInTrustPolicy),
            None => {}
        }
    }
    check_sids(draft)
}

pub(crate) fn check_resource_policy(draft: &Draft) -> Result<(), Malformed> {
    for statement in &draft.statements {
        check_effect(statement)?;
        check_principals(statement)?;
        actions(statement)?;
        match &statement.resources {
            Some(resources) if !resources.patterns().is_empty() => {}
            _ => return Err(Malformed::MissingField("Resource")),
        }
    }
    check_sids(draft)
}

fn check_effect(statement: &DraftStatement) -> Result<(), Malformed> {
    match statement.effect.as_str() {
        "Allow" | "Deny" => Ok(()),
        other => Err(Malformed::InvalidEffect(other.to_owned())),
    }
}

fn check_principals(statement: &DraftStatement) -> Result<(), Malformed> {
    match &statement.principals {
        None => Err(Malformed::MissingField("Principal")),
        Some(principals) if principals.patterns().is_empty() => Err(Malformed::EmptyPrincipal),
        Some(_) => Ok(()),
    }
}

fn actions(statement: &DraftStatement) -> Result<&[String], Malformed> {
    match &statement.actions {
        Some(actions) if !actions.patterns().is_empty() => Ok(actions.patterns()),
        _ => Err(Malformed::MissingField("Action")),
    }
}

fn check_sids(draft: &Draft) -> Result<(), Malformed> {
    let sids = draft.statements.iter().filter_map(|s| s.sid.as_deref());
    match has_duplicates(sids.filter(|sid| !sid.is_empty()).collect()) {
        true => Err(Malformed::StatementIdsNotUnique),
        false => Ok(()),
    }
}

/// Reads one entry of a `Principal` object.
pub(crate) fn principal(provider: &str, value: &str) -> Result<PrincipalPattern, Malformed> {
    // Alexa's is `alexa-appkit.amazon.com`.
    let ends = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"];
    let service = |name: &str| ends.iter().any(|end| name.ends_with(end));
    let pattern = match provider {
        "AWS" => aws_principal(value),
        "Service" if service(value) => Some(PrincipalPattern::Service(value.to_owned())),
        "Federated" => Some(PrincipalPattern::Federated(value.to_owned())),
        "CanonicalUser" => Some(PrincipalPattern::CanonicalUser(value.to_owned())),
        _ => None,
    };
    pattern.ok_or_else(|| Malformed::InvalidPrincipal {
        provider: provider.to_uppercase(),
        value: value.to_owned(),
    })
}

fn aws_principal(value: &str) -> Option<PrincipalPattern> {
    if value == "*" {
        return Some(PrincipalPattern::Anyone);
    }
    if let Ok(account) = value.parse() {
        return Some(PrincipalPattern::Account(account));
    }
    let capitals = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    if value.starts_with("A") && value.len() >= 16 && value.bytes().all(capitals) {
        return Some(PrincipalPattern::UniqueId(value.to_owned()));
    }
    let arn: Arn = value.parse().ok()?;
    let account = arn.account().parse().ok()?;
    match (arn.service(), arn.resource().split_once('/')) {
        ("iam", None) if arn.resource() == "root" => Some(PrincipalPattern::Account(account)),
        ("iam", Some(("user" | "role", name)))
        | ("sts", Some(("assumed-role" | "federated-user", name)))
            if !name.is_empty() && !name.contains(['*', '?']) =>
        {
            Some(PrincipalPattern::Arn(arn))
        }
        _ => None,
    }
}
