//! What API keys have used of their plans, day by day.
//!
//! Counted in memory and written now and then, behind the requests: a day's count may miss what
//! came in the last moments before the server was killed. AWS promises no more.

use crate::Gateway;
use crate::record::{DayUsage, Quota, QuotaChange, UsagePlan};
use crate::shelf::Shelf;
use base::Timestamp;
use kv::Txn;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use wire::apigateway::QuotaPeriodType;

const DAY_MS: i64 = 86_400_000;
/// How often a count is written at most.
const WRITE_EVERY_MS: i64 = 1000;

/// Counts by plan and key.
#[derive(Debug, Default)]
pub struct Usage(Mutex<HashMap<(String, String), Counted>>);

#[derive(Debug, Clone, Default)]
struct Counted {
    /// By day since 1970.
    days: HashMap<i64, i64>,
    written_ms: i64,
}

/// What was used on a day, and what was left of the quota at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLeft {
    pub used: i64,
    pub left: i64,
}

/// The day of a moment, counted from 1970.
pub fn day_of(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(DAY_MS)
}

/// `2026-11-22`
pub fn date_of(day: i64) -> String {
    let text = Timestamp::from_millis(day * DAY_MS).iso8601();
    text.get(..10).unwrap_or_default().to_owned()
}

/// The day of `2026-11-22`.
pub fn day_from(date: &str) -> Option<i64> {
    (date.len() == 10)
        .then(|| Timestamp::parse_iso8601(&format!("{date}T00:00:00Z")).map(day_of))?
}

/// The record's id for a key's day.
pub fn id(key: &str, day: i64) -> String {
    format!("{key} {}", date_of(day))
}

/// The first day of the period that a day is in.
fn period_start(quota: &Quota, day: i64) -> i64 {
    let offset = i64::from(quota.offset);
    match quota.period.0 {
        QuotaPeriodType::Day => day,
        // 1970 began on a Thursday; weeks begin on Sundays.
        QuotaPeriodType::Week => day - (day + 4 - offset).rem_euclid(7),
        QuotaPeriodType::Month => {
            let date = date_of(day);
            let of_month = date
                .get(8..)
                .and_then(|text| text.parse::<i64>().ok())
                .unwrap_or(1);
            let first = day - (of_month - 1) + offset;
            if first <= day {
                first
            } else {
                day - (day - first).rem_euclid(28)
            }
        }
    }
}

impl Gateway {
    /// Counts a request of a key under a plan, unless its quota is used up.
    ///
    /// # Errors
    /// The store's, when what was used before cannot be read.
    pub(crate) async fn count_usage(
        &self,
        shelf: &Shelf,
        plan: &str,
        key: &str,
        quota: Option<&Quota>,
    ) -> Result<bool, kv::Error> {
        let now = self.clock.now();
        let today = day_of(now);
        let first = quota.map_or(today, |quota| period_start(quota, today));
        let place = (plan.to_owned(), key.to_owned());
        let known = self.usage.0.lock().contains_key(&place);
        if !known {
            let used = self.load_usage(shelf, plan, key, first, today).await?;
            let counted = Counted {
                days: used,
                written_ms: 0,
            };
            self.usage.0.lock().entry(place.clone()).or_insert(counted);
        }
        let allowed = match quota {
            Some(quota) => Some(self.allowance(shelf, plan, key, (quota, first)).await?),
            None => None,
        };
        let mut counts = self.usage.0.lock();
        let counted = counts.entry(place).or_default();
        let used: i64 = (first..=today)
            .filter_map(|day| counted.days.get(&day))
            .sum();
        if allowed.is_some_and(|allowed| used >= allowed) {
            return Ok(false);
        }
        let used_today = counted.days.entry(today).or_default();
        *used_today += 1;
        if now.as_millis() - counted.written_ms >= WRITE_EVERY_MS {
            counted.written_ms = now.as_millis();
            let record = DayUsage {
                id: id(key, today),
                used: *used_today,
            };
            self.write_usage(shelf.within(plan), record);
        }
        Ok(true)
    }

    fn write_usage(&self, shelf: Shelf, record: DayUsage) {
        let store = self.store.clone();
        tokio::spawn(async move {
            let (shelf, record) = (&shelf, &record);
            let written = store.transact(|txn| async move {
                shelf.save(&txn, record);
                Ok::<_, kv::Error>(())
            });
            if let Err(error) = written.await {
                tracing::warn!(%error, "a key's usage cannot be written");
            }
        });
    }

    async fn load_usage(
        &self,
        shelf: &Shelf,
        plan: &str,
        key: &str,
        first: i64,
        last: i64,
    ) -> Result<HashMap<i64, i64>, kv::Error> {
        let view = self.store.snapshot();
        let shelf = shelf.within(plan);
        let mut days = HashMap::new();
        for day in first..=last {
            if let Some(usage) = shelf.find::<DayUsage>(&view, &id(key, day)).await? {
                days.insert(day, usage.used);
            }
        }
        Ok(days)
    }

    /// How many requests a key has in the period that starts on a day: as many as the plan says,
    /// unless UpdateUsage has said otherwise.
    async fn allowance(
        &self,
        shelf: &Shelf,
        plan: &str,
        key: &str,
        (quota, start): (&Quota, i64),
    ) -> Result<i64, kv::Error> {
        let view = self.store.snapshot();
        let shelf = shelf.within(plan);
        let change: Option<QuotaChange> = shelf.find(&view, &id(key, start)).await?;
        Ok(i64::from(quota.limit) + change.map_or(0, |change| change.by))
    }

    /// What a key has used of a plan on each day of a range, and what was left of the quota then.
    pub(crate) async fn usage_of_days(
        &self,
        shelf: &Shelf,
        plan: &UsagePlan,
        key: &str,
        days: RangeInclusive<i64>,
    ) -> Result<Vec<DayLeft>, kv::Error> {
        let (first, last) = (*days.start(), *days.end());
        let quota = plan.quota.as_ref();
        let from = quota.map_or(first, |quota| period_start(quota, first));
        let mut period = None;
        let mut left = 0;
        let mut shown = Vec::new();
        for (day, used) in self.used_days(shelf, &plan.id, key, from..=last).await? {
            if let Some(quota) = quota {
                let start = period_start(quota, day);
                if period.replace(start) != Some(start) {
                    left = self.allowance(shelf, &plan.id, key, (quota, start)).await?;
                }
            }
            left = (left - used).max(0);
            if day >= first {
                shown.push(DayLeft { used, left });
            }
        }
        Ok(shown)
    }

    /// Days with what a key has used on them, as written or as still only counted.
    async fn used_days(
        &self,
        shelf: &Shelf,
        plan: &str,
        key: &str,
        days: RangeInclusive<i64>,
    ) -> Result<Vec<(i64, i64)>, kv::Error> {
        let written = self
            .load_usage(shelf, plan, key, *days.start(), *days.end())
            .await?;
        let counts = self.usage.0.lock();
        let counted = counts.get(&(plan.to_owned(), key.to_owned()));
        let used = |day: i64| {
            let in_memory = counted.and_then(|counted| counted.days.get(&day)).copied();
            let written = written.get(&day).copied();
            in_memory
                .unwrap_or_default()
                .max(written.unwrap_or_default())
        };
        Ok(days.map(|day| (day, used(day))).collect())
    }

    /// Leaves a key so many requests for the rest of the quota's period.
    pub(crate) async fn grant_usage(
        &self,
        shelf: &Shelf,
        plan: &UsagePlan,
        key: &str,
        (quota, remaining): (&Quota, i64),
    ) -> Result<(), kv::Error> {
        let today = day_of(self.clock.now());
        let start = period_start(quota, today);
        let used = self.used_days(shelf, &plan.id, key, start..=today).await?;
        let used: i64 = used.into_iter().map(|(_, used)| used).sum();
        let change = &QuotaChange {
            id: id(key, start),
            by: remaining + used - i64::from(quota.limit),
        };
        let keys = &shelf.within(&plan.id);
        let save = |txn: Txn| async move {
            keys.save(&txn, change);
            Ok(())
        };
        self.store.transact(save).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Named;

    #[test]
    fn periods() {
        let day = |date: &str| day_from(date).unwrap();
        let check = |period, offset, on: &str, expected: &str| {
            let quota = Quota {
                limit: 1,
                offset,
                period: Named(period),
            };
            assert_eq!(date_of(period_start(&quota, day(on))), expected, "{on}");
        };
        check(QuotaPeriodType::Day, 0, "2026-11-22", "2026-11-22");
        check(QuotaPeriodType::Week, 0, "2026-11-25", "2026-11-22");
        check(QuotaPeriodType::Week, 2, "2026-11-25", "2026-11-24");
        check(QuotaPeriodType::Month, 0, "2026-11-25", "2026-11-01");
        check(QuotaPeriodType::Month, 9, "2026-11-25", "2026-11-10");
        assert_eq!(day_from("2026-1-1"), None);
        assert_eq!(day_from("yesterday!"), None);
    }
}
