//! ListImports.

use crate::Dynamodb;
use crate::error::{Error, ExportError};
use crate::import::{self, Import};
use crate::labelled::{Kind, Labelled};
use crate::tables::TableName;
use base::hex;
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ListImportsInput, ListImportsOutput};

const MAX_IMPORTS: usize = 25;
/// Tokens are groups of 16 hexadecimal digits, at least seven, as the model has it.
const GROUP_BYTES: usize = 8;
const TOKEN_BYTES: usize = 56;

impl Operate<Dynamodb> for ListImportsInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "dynamodb:ListImports";
        Ok(vec![match &self.table_arn {
            Some(table) => Requirement::new(action, TableName::of_table(caller, table)?.arn()),
            None => Requirement::new(action, "*"),
        }])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ListImportsOutput, Error> {
        let caller = permit.caller();
        let mut range = match &self.table_arn {
            Some(table) => Kind::Import.of_table(&TableName::of_table(caller, table)?),
            None => Kind::Import.of_account(caller.account, &caller.region),
        }
        .range();
        if let Some(token) = &self.next_token {
            let last = read_token(token).ok_or(ExportError::NextToken)?;
            range.pass(Some(&last.key()), Order::Ascending);
        }
        let limit = self.page_size.and_then(|size| usize::try_from(size).ok());
        let limit = limit.unwrap_or(MAX_IMPORTS).clamp(1, MAX_IMPORTS);
        let mut found: Vec<Import> = Vec::new();
        let mut next_token = None;
        let mut imports = service.store.snapshot().scan(range, Order::Ascending);
        while let Some((_, record)) = imports.next().await? {
            if found.len() == limit {
                next_token = found.last().map(|import| token(&import.arn));
                break;
            }
            found.push(kv::record::decode(&record)?);
        }
        Ok(ListImportsOutput {
            import_summary_list: Some(found.iter().map(Import::summary).collect()),
            next_token,
        })
    }
}

/// An ARN in hexadecimal digits, filled up with zeros.
fn token(arn: &str) -> String {
    let mut bytes = arn.as_bytes().to_vec();
    bytes.resize(
        bytes.len().next_multiple_of(GROUP_BYTES).max(TOKEN_BYTES),
        0,
    );
    hex::encode(&bytes)
}

fn read_token(token: &str) -> Option<Labelled> {
    let arn = String::from_utf8(hex::decode(token)?).ok()?;
    import::named(arn.trim_end_matches('\0')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_as_the_model_wants_them() {
        let arn =
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc/import/01489602797149-73d8d5bc";
        let text = token(arn);
        assert!(text.len() >= 112 && text.len().is_multiple_of(16));
        assert_eq!(read_token(&text).unwrap().arn(), arn);
        assert_eq!(read_token("zz"), None);
    }
}
