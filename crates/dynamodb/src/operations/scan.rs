//! Scan.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind, ParameterError};
use crate::item::answered;
use crate::key::{KeyError, hash_range};
use crate::read::{Parameters, Reading, Request, start_position};
use crate::request::{Given, placeholders};
use crate::table::{Index, Table};
use crate::tables::TableName;
use kv::{KeyRange, Order};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ScanInput, ScanOutput};

impl Operate<Dynamodb> for ScanInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let expressions = [
            self.projection_expression.as_ref(),
            self.filter_expression.as_ref(),
        ];
        let access = Access::to("dynamodb:Scan", &name)
            .index(self.index_name.as_deref())
            .attributes(self.attributes_to_get.iter().flatten())
            .attributes(self.scan_filter.iter().flat_map(|filter| filter.keys()))
            .expressions(expressions, self.expression_attribute_names.as_ref())
            .reads(
                self.select,
                self.projection_expression.as_ref(),
                self.attributes_to_get.as_ref(),
            )
            .return_capacity(self.return_consumed_capacity);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<ScanOutput, Error> {
        let name = TableName::read(permit.caller(), &self.table_name)?;
        let (request, segment) = read(self)?;
        let snapshot = service.store.snapshot();
        let table = service
            .table_at(&snapshot, &name)
            .await?
            .ok_or_else(|| name.not_found())?;
        let index = request.index(&table)?;
        let checked = request.check_start_key(&table, index);
        checked.map_err(|error| match index {
            None => of_whole_key(error),
            Some(_) => error,
        })?;
        request.check_select(index)?;
        let mut range = segment.range(&table, index);
        if let Some(key) = &request.start_key {
            pass(&mut range, segment, start_position(&table, index, key))?;
        }
        request.wanted.check(&table)?;
        request.check_projected(&table, index)?;
        if let Some(filter) = &request.filter {
            table.check_condition_paths(filter)?;
        }
        service.admit_read(&table, index, None)?;
        let page = request
            .page(&snapshot, &table, index, range, Order::Ascending)
            .await?;
        service.charge_read(&table, &page.consumed, None);
        Ok(ScanOutput {
            count: Some(page.count),
            scanned_count: Some(page.scanned_count),
            consumed_capacity: request.report(&table, &page),
            items: (!request.is_count()).then_some(page.items),
            last_evaluated_key: page.last_key.as_ref().map(answered),
        })
    }
}

/// A scan of the table names only one reason for all that its starting key can be but is not.
fn of_whole_key(error: Error) -> Error {
    match error.kind {
        ErrorKind::Key(KeyError::Schema) | ErrorKind::Parameter(ParameterError::StartKey) => {
            ParameterError::StartKeySchema.into()
        }
        _ => error,
    }
}

/// Goes on behind `start`, which must be in the segment.
fn pass(range: &mut KeyRange, segment: Segment, start: Option<bytes::Bytes>) -> Result<(), Error> {
    let Some(start) = start else {
        return Err(ParameterError::StartKey.into());
    };
    if !range.contains(&start) {
        let Segment { segment, total } = segment;
        return Err(ParameterError::StartKeySegment { segment, total }.into());
    }
    range.pass(Some(&start), Order::Ascending);
    Ok(())
}

/// The part of the hash space that a scan covers.
#[derive(Debug, Clone, Copy)]
struct Segment {
    segment: i32,
    total: i32,
}

impl Segment {
    const ALL: Segment = Segment {
        segment: 0,
        total: 1,
    };

    fn of(segment: Option<i32>, total: Option<i32>) -> Result<Segment, ParameterError> {
        match (segment, total) {
            (None, None) => Ok(Segment::ALL),
            (Some(_), None) => Err(ParameterError::NoTotalSegments),
            (None, Some(_)) => Err(ParameterError::NoSegment),
            (Some(segment), Some(total)) if segment >= total => {
                Err(ParameterError::SegmentRange { segment, total })
            }
            (Some(segment), Some(total)) => Ok(Segment { segment, total }),
        }
    }

    fn range(self, table: &Table, index: Option<&Index>) -> KeyRange {
        let prefix = match index {
            Some(index) => table.index_prefix(index),
            None => table.items_prefix(),
        };
        let (segment, total) = (self.segment.unsigned_abs(), self.total.unsigned_abs());
        let (start, end) = hash_range(segment, total);
        let all = prefix.range();
        let start = prefix.clone().raw(&start).finish();
        let end = end.map_or(all.end, |end| prefix.raw(&end).finish());
        KeyRange::new(start, end)
    }
}

fn read(mut input: ScanInput) -> Result<(Request, Segment), Error> {
    let given = Given {
        expressions: Given::of([
            (
                "ProjectionExpression",
                input.projection_expression.is_some(),
            ),
            ("FilterExpression", input.filter_expression.is_some()),
        ]),
        legacy: Given::of([
            ("AttributesToGet", input.attributes_to_get.is_some()),
            ("ScanFilter", input.scan_filter.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
        ]),
        value_users: &["FilterExpression"],
    };
    let names = input.expression_attribute_names.take();
    let values = input.expression_attribute_values.take();
    given.check(names.as_ref(), values.as_ref())?;
    let parameters = Parameters {
        operation: Reading::Scan,
        index_name: input.index_name,
        select: input.select,
        attributes_to_get: input.attributes_to_get,
        limit: input.limit,
        consistent_read: input.consistent_read,
        filter: input.scan_filter,
        operator: input.conditional_operator,
        start_key: input.exclusive_start_key,
        return_consumed_capacity: input.return_consumed_capacity,
        projection_expression: input.projection_expression,
        filter_expression: input.filter_expression,
    };
    let checked = parameters.check()?;
    let segment = Segment::of(input.segment, input.total_segments)?;
    let mut placeholders = placeholders(names, values)?;
    let request = checked.read(&mut placeholders)?;
    placeholders.check_used()?;
    Ok((request, segment))
}
