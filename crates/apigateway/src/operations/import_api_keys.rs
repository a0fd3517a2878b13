//! ImportApiKeys: keys from a file of comma-separated values with a line of headings.

use super::create_api_key::{add, new_key};
use super::create_usage_plan_key::join;
use super::require;
use crate::Gateway;
use crate::error::{Bad, Clash, Error};
use crate::record::ApiKey;
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ImportApiKeysInput, ImportApiKeysOutput};

impl Operate<Gateway> for ImportApiKeysInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "POST", &["apikeys"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<ImportApiKeysOutput, Error> {
        let text = std::str::from_utf8(&self.body).map_err(|_| Bad::ApiKeysFile("no UTF-8"))?;
        let rows = &read(gateway, text)?;
        let shelf = &Shelf::of(permit.caller());
        let fails = self.fail_on_warnings.unwrap_or_default();
        gateway
            .store
            .transact(|txn| async move {
                let (mut ids, mut warnings) = (Vec::new(), Vec::new());
                for row in rows {
                    match add(shelf, &txn, &row.key).await {
                        Ok(()) => ids.push(row.key.id.clone()),
                        Err(Error::Conflict(clash @ Clash::ApiKey)) if !fails => {
                            warnings.push(clash.to_string());
                            continue;
                        }
                        Err(error) => return Err(error),
                    }
                    for plan in &row.plans {
                        join(shelf, &txn, plan, &row.key.id).await?;
                    }
                }
                Ok(ImportApiKeysOutput {
                    ids: Some(ids),
                    warnings: Some(warnings),
                })
            })
            .await
    }
}

struct Row {
    key: ApiKey,
    plans: Vec<String>,
}

fn read(gateway: &Gateway, text: &str) -> Result<Vec<Row>, Error> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let headings = fields(lines.next().ok_or(Bad::ApiKeysFile("no headings"))?);
    let column = |name: &str| {
        headings
            .iter()
            .position(|h| h.trim().eq_ignore_ascii_case(name))
    };
    let key_column = column("key").ok_or(Bad::ApiKeysFile("no column 'key'"))?;
    let name_column = column("name").ok_or(Bad::ApiKeysFile("no column 'name'"))?;
    lines
        .map(|line| {
            let fields = fields(line);
            let field = |at: Option<usize>| {
                let text = at
                    .and_then(|at| fields.get(at))
                    .map(|text| text.trim().to_owned());
                text.filter(|text| !text.is_empty())
            };
            let key = new_key(gateway, field(Some(name_column)), field(Some(key_column)))?;
            let plans = field(column("usageplanIds")).unwrap_or_default();
            let plans = plans
                .split(',')
                .map(str::trim)
                .filter(|plan| !plan.is_empty());
            Ok(Row {
                key: ApiKey {
                    description: field(column("description")),
                    enabled: field(column("enabled"))
                        .is_none_or(|e| e.eq_ignore_ascii_case("true")),
                    ..key
                },
                plans: plans.map(str::to_owned).collect(),
            })
        })
        .collect()
}

/// The fields of a line; commas between quotes separate nothing, and two quotes are one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            character => push(&mut fields, character),
        }
    }
    fields
}

fn push(fields: &mut [String], character: char) {
    if let Some(field) = fields.last_mut() {
        field.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(fields(r#"a,"b,c",,"d""e""#), ["a", "b,c", "", "d\"e"]);
        assert_eq!(fields(""), [""]);
    }
}
