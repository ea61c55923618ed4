//! The journal in SQLite: write-ahead log, synchronous=FULL, one commit for a whole batch.

use super::{Cursor, Each, Fault, Journal, RECEIPTS_KEPT, Receipt, Record, Stored};
use crate::board::Event;
use crate::board::id::{JobId, RegionId};
use crate::board::job::Customer;
use crate::units::Time;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Format of the file; another one is refused.
const FORMAT: i64 = 1;
/// Steps from region to region along the key: a scan would read every payload there is.
const REGIONS: &str = "
with recursive found(region) as (
    select min(region) from journal
    union all
    select (select min(region) from journal where region > found.region) from found
    where found.region is not null)
select region from found where region is not null";

/// Appends wait for nobody; emptying the log waits so long for who reads the journal from outside, and is
/// left to the next one where that is not enough.
const PATIENCE: Duration = Duration::from_millis(100);
/// Pages of 4 kB in the write-ahead log before they are moved into the file.
const CHECKPOINT_PAGES: u32 = 4_000;

const TABLES: &str = "
create table if not exists epoch (epoch integer primary key, opened integer not null) strict;
create table if not exists journal (
    region text not null, seq integer not null, epoch integer not null, now integer not null,
    actor text not null, tenant text not null, request_id text, kind text not null,
    job text, technician text, checksum integer not null, payload blob not null,
    primary key (region, seq)) strict, without rowid;
create table if not exists personal (
    region text not null, job text not null, payload blob not null,
    primary key (region, job)) strict, without rowid;
create table if not exists receipt (
    region text not null, request_id text not null, digest text not null, at integer not null,
    seq integer not null, reply blob not null,
    primary key (region, request_id)) strict, without rowid;
create table if not exists cursor (
    region text not null, subscriber text not null, seq integer not null,
    primary key (region, subscriber)) strict, without rowid;
create index if not exists receipt_at on receipt (region, at);
";

/// A journal in one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    db: Connection,
    file: PathBuf,
    epoch: u64,
}

impl Sqlite {
    /// Opens the journal for writing, with an epoch above all before it.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn open(file: &Path) -> Result<Sqlite, Fault> {
        let db = Connection::open(file).map_err(|e| fault(file, e))?;
        let mut journal = Sqlite { db, file: file.to_owned(), epoch: 0 };
        journal.prepare()?;
        Ok(journal)
    }

    /// Opens the journal for reading only, beside a writer.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn read_only(file: &Path) -> Result<Sqlite, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(file, flags).map_err(|e| fault(file, e))?;
        let journal = Sqlite { db, file: file.to_owned(), epoch: 0 };
        journal.check_format()?;
        Ok(journal)
    }

    fn prepare(&mut self) -> Result<(), Fault> {
        let file = self.file.clone();
        let failed = |e| fault(&file, e);
        self.db.pragma_update(None, "locking_mode", "normal").map_err(failed)?;
        self.db.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        self.db.pragma_update(None, "synchronous", "full").map_err(failed)?;
        self.db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failed)?;
        self.db.set_prepared_statement_cache_capacity(32);
        let format: i64 = self.db.pragma_query_value(None, "user_version", |r| r.get(0)).map_err(failed)?;
        if format == 0 || format == FORMAT {
            // tables that a release added are made; what is there stays
            self.db.execute_batch(TABLES).map_err(failed)?;
        }
        if format == 0 {
            self.db.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        }
        self.check_format()?;
        let last: i64 = self
            .db
            .query_row("select coalesce(max(epoch), 0) from epoch", [], |r| r.get(0))
            .map_err(failed)?;
        self.db.execute("insert into epoch values (?1, unixepoch())", params![last + 1]).map_err(failed)?;
        self.epoch = (last + 1).cast_unsigned();
        self.db.busy_timeout(PATIENCE).map_err(failed)
    }

    fn check_format(&self) -> Result<(), Fault> {
        let found: i64 =
            self.db.pragma_query_value(None, "user_version", |r| r.get(0)).map_err(|e| self.fault(e))?;
        if found == FORMAT {
            return Ok(());
        }
        Err(Fault::Format { file: self.file.clone(), found, own: FORMAT })
    }

    fn fault(&self, error: rusqlite::Error) -> Fault {
        fault(&self.file, error)
    }

    fn damaged(&self, what: String) -> Fault {
        Fault::Damaged { file: self.file.clone(), what }
    }

    /// At most `most` records of a region from `seq` on; empty where that one is not there.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn page(&self, region: &RegionId, seq: u64, most: u32) -> Result<Vec<Stored>, Fault> {
        let mut page = Vec::new();
        if self.checksum(region, seq)?.is_some() {
            self.read(region, seq, most.into(), &mut |stored| {
                page.push(stored);
                Ok(())
            })?;
        }
        Ok(page)
    }

    /// The checksum of a record; `None` where it is not there, or not any more.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn checksum(&self, region: &RegionId, seq: u64) -> Result<Option<u32>, Fault> {
        let sql = "select checksum from journal where region = ?1 and seq = ?2";
        let mut query = self.db.prepare_cached(sql).map_err(|e| self.fault(e))?;
        let row = query.query_row(params![region.as_str(), seq.cast_signed()], |r| r.get(0)).optional();
        row.map_err(|e| self.fault(e))
    }

    fn read(&self, region: &RegionId, seq: u64, most: i64, each: Each<'_>) -> Result<(), Fault> {
        let failed = |e| self.fault(e);
        let sql = "select seq, now, checksum, payload from journal
                   where region = ?1 and seq >= ?2 order by seq limit ?3";
        let mut query = self.db.prepare_cached(sql).map_err(failed)?;
        let mut rows = query.query(params![region.as_str(), seq.cast_signed(), most]).map_err(failed)?;
        let mut expected = seq;
        while let Some(row) = rows.next().map_err(failed)? {
            let found = row.get::<_, i64>(0).map_err(failed)?.cast_unsigned();
            if found != expected {
                let what = format!("region {region} has no record {expected}, the next is {found}");
                return Err(self.damaged(what));
            }
            let payload = row.get_ref(3).map_err(failed)?;
            let payload = payload.as_blob().map_err(|e| self.damaged(format!("record {found}: {e}")))?;
            let checksum = crc32fast::hash(payload);
            if i64::from(checksum) != row.get::<_, i64>(2).map_err(failed)? {
                let what = format!("record {found} of region {region} does not match its checksum");
                return Err(self.damaged(what));
            }
            let events: Vec<Event> = serde_json::from_slice(payload)
                .map_err(|e| self.damaged(format!("record {found} of region {region}: {e}")))?;
            let now = Time(row.get(1).map_err(failed)?);
            each(Stored { seq: found, now, events, checksum })?;
            expected += 1;
        }
        Ok(())
    }

    /// Every record with the columns an auditor asks for, as JSON objects in order of region and sequence.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn export(&self, each: &mut dyn FnMut(serde_json::Value)) -> Result<(), Fault> {
        let failed = |e| self.fault(e);
        let sql = "select region, seq, epoch, now, actor, tenant, request_id, kind, job, technician, payload
                   from journal order by region, seq";
        let mut query = self.db.prepare(sql).map_err(failed)?;
        let mut rows = query.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let text = |i: usize| row.get::<_, Option<String>>(i);
            let int = |i: usize| row.get::<_, i64>(i);
            let payload: Vec<u8> = row.get(10).map_err(failed)?;
            let events: serde_json::Value = serde_json::from_slice(&payload)
                .map_err(|e| self.damaged(format!("a record's events are not JSON: {e}")))?;
            each(serde_json::json!({
                "region": text(0).map_err(failed)?, "seq": int(1).map_err(failed)?,
                "epoch": int(2).map_err(failed)?, "now": int(3).map_err(failed)?,
                "actor": text(4).map_err(failed)?, "tenant": text(5).map_err(failed)?,
                "request_id": text(6).map_err(failed)?, "kind": text(7).map_err(failed)?,
                "job": text(8).map_err(failed)?, "technician": text(9).map_err(failed)?,
                "events": events,
            }));
        }
        Ok(())
    }
}

impl Journal for Sqlite {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn append(&mut self, batch: &[&Record]) -> Result<(), Fault> {
        let (file, epoch) = (self.file.clone(), self.epoch);
        let failed = |e| fault(&file, e);
        let erases = batch.iter().any(|record| record.erases());
        self.db.pragma_update(None, "secure_delete", erases).map_err(failed)?;
        let tx = self.db.transaction().map_err(failed)?;
        let found: i64 = tx
            .prepare_cached("select max(epoch) from epoch")
            .and_then(|mut q| q.query_row([], |r| r.get(0)))
            .map_err(failed)?;
        if found.cast_unsigned() != epoch {
            return Err(Fault::Fenced { own: epoch, found: found.cast_unsigned() });
        }
        for record in batch {
            insert(&tx, epoch, record).map_err(failed)?;
        }
        tx.commit().map_err(failed)?;
        if erases {
            // what was erased is overwritten in the file by now; the log still holds the page as it was
            self.db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).map_err(failed)?;
        }
        Ok(())
    }

    fn regions(&self) -> Result<Vec<RegionId>, Fault> {
        let failed = |e| self.fault(e);
        let mut query = self.db.prepare(REGIONS).map_err(failed)?;
        let row = |r: &rusqlite::Row<'_>| Ok(RegionId::from(r.get::<_, String>(0)?.as_str()));
        query.query_map([], row).and_then(Iterator::collect).map_err(failed)
    }

    fn extent(&self, region: &RegionId) -> Result<Option<(u64, u64)>, Fault> {
        // two queries: only a lone min or max is looked up along the key
        let end = |sql: &str| {
            let found = self.db.query_row(sql, [region.as_str()], |r| r.get::<_, Option<i64>>(0));
            found.map(|seq| seq.map(i64::cast_unsigned)).map_err(|e| self.fault(e))
        };
        let first = end("select min(seq) from journal where region = ?1")?;
        let last = end("select max(seq) from journal where region = ?1")?;
        Ok(first.zip(last))
    }

    fn read_from(&self, region: &RegionId, seq: u64, each: Each<'_>) -> Result<(), Fault> {
        self.read(region, seq, i64::MAX, each)
    }

    fn customers(&self, region: &RegionId) -> Result<BTreeMap<JobId, Customer>, Fault> {
        let failed = |e| self.fault(e);
        let mut query =
            self.db.prepare("select job, payload from personal where region = ?1").map_err(failed)?;
        let mut rows = query.query([region.as_str()]).map_err(failed)?;
        let mut all = BTreeMap::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let job: String = row.get(0).map_err(failed)?;
            let payload: Vec<u8> = row.get(1).map_err(failed)?;
            let customer = serde_json::from_slice(&payload)
                .map_err(|e| self.damaged(format!("personal data of job {job}: {e}")))?;
            all.insert(job.as_str().into(), customer);
        }
        Ok(all)
    }

    fn receipts(&self, region: &RegionId) -> Result<Vec<Receipt>, Fault> {
        let failed = |e| self.fault(e);
        let sql = "select request_id, digest, at from receipt where region = ?1 order by seq";
        let mut query = self.db.prepare(sql).map_err(failed)?;
        let row = |r: &rusqlite::Row<'_>| {
            Ok(Receipt { request_id: r.get(0)?, digest: r.get(1)?, at: Time(r.get(2)?), reply: Vec::new() })
        };
        query.query_map([region.as_str()], row).and_then(Iterator::collect).map_err(failed)
    }

    fn reply(&self, region: &RegionId, request_id: &str) -> Result<Option<Vec<u8>>, Fault> {
        let sql = "select reply from receipt where region = ?1 and request_id = ?2";
        let mut query = self.db.prepare_cached(sql).map_err(|e| self.fault(e))?;
        query.query_row([region.as_str(), request_id], |r| r.get(0)).optional().map_err(|e| self.fault(e))
    }

    fn cursors(&self) -> Result<Vec<Cursor>, Fault> {
        let failed = |e| self.fault(e);
        let mut query = self.db.prepare("select region, subscriber, seq from cursor").map_err(failed)?;
        let row = |r: &rusqlite::Row<'_>| {
            let region = RegionId::from(r.get::<_, String>(0)?.as_str());
            let seq = Some(r.get::<_, i64>(2)?.cast_unsigned());
            Ok(Cursor { region, subscriber: r.get(1)?, seq })
        };
        query.query_map([], row).and_then(Iterator::collect).map_err(failed)
    }

    fn stand(&mut self, cursors: &[&Cursor]) -> Result<(), Fault> {
        let file = self.file.clone();
        let failed = |e| fault(&file, e);
        let tx = self.db.transaction().map_err(failed)?;
        for cursor in cursors {
            let (region, subscriber) = (cursor.region.as_str(), cursor.subscriber.as_str());
            let done = match cursor.seq {
                Some(seq) => tx
                    .prepare_cached("insert or replace into cursor values (?1, ?2, ?3)")
                    .and_then(|mut q| q.execute(params![region, subscriber, seq.cast_signed()])),
                None => tx
                    .prepare_cached("delete from cursor where region = ?1 and subscriber = ?2")
                    .and_then(|mut q| q.execute(params![region, subscriber])),
            };
            done.map_err(failed)?;
        }
        tx.commit().map_err(failed)
    }

    fn cut(&mut self, region: &RegionId, seq: u64, most: u64) -> Result<u64, Fault> {
        let Some((first, _)) = self.extent(region)? else { return Ok(0) };
        let last = seq.min((first + most).saturating_sub(1));
        let sql = "delete from journal where region = ?1 and seq <= ?2";
        let done = self.db.execute(sql, params![region.as_str(), last.cast_signed()]);
        done.map(|rows| rows as u64).map_err(|e| self.fault(e))
    }
}

fn insert(tx: &Transaction<'_>, epoch: u64, record: &Record) -> rusqlite::Result<()> {
    let region = record.region.as_str();
    let (seq, now) = (record.seq.cast_signed(), record.now.0);
    let payload = record.payload();
    let job = record.job().map(JobId::as_str);
    let technician = record.technician().map(crate::board::id::TechnicianId::as_str);
    let request_id = record.receipt.as_ref().map(|r| r.request_id.as_str());
    tx.prepare_cached("insert into journal values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?
        .execute(params![
            region,
            seq,
            epoch.cast_signed(),
            now,
            record.actor,
            record.tenant,
            request_id,
            record.kind,
            job,
            technician,
            i64::from(crc32fast::hash(&payload)),
            payload
        ])?;
    for (job, customer) in record.customers() {
        match customer {
            Some(customer) => {
                let bytes = serde_json::to_vec(customer).expect("customers can be written as JSON");
                tx.prepare_cached("insert or replace into personal values (?1, ?2, ?3)")?.execute(params![
                    region,
                    job.as_str(),
                    bytes
                ])?
            }
            None => tx
                .prepare_cached("delete from personal where region = ?1 and job = ?2")?
                .execute(params![region, job.as_str()])?,
        };
    }
    if let Some(r) = &record.receipt {
        tx.prepare_cached("insert or replace into receipt values (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![region, r.request_id, r.digest, r.at.0, seq, r.reply])?;
        tx.prepare_cached("delete from receipt where region = ?1 and at <= ?2")?
            .execute(params![region, (record.now - RECEIPTS_KEPT).0])?;
    }
    Ok(())
}

fn fault(file: &Path, error: rusqlite::Error) -> Fault {
    let file = file.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Fault::Damaged { file, what: error.to_string() }
        }
        _ => Fault::Database { file, error },
    }
}
