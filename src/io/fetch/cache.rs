//! What was fetched before, asked for again by its validator (RFC 9110 §8.8, §13.1): the server says whether
//! it is still the same. Bounded in bytes; what was not asked for the longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;

use super::{Limits, fetch};
use crate::base::web::{Answer, Failure, Method, Request};
use crate::io::way::Way;

/// What one entry weighs beside its body.
const OVERHEAD: usize = 1 << 10;

/// Answers by request.
pub struct Cache {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<String, Entry>,
    bytes: usize,
    asked: u64,
}

struct Entry {
    answer: Arc<Answer>,
    /// The larger, the later.
    asked: u64,
}

/// What a server has, new or as it was.
#[derive(Clone, Debug)]
pub struct Cached {
    /// The very same as before where nothing has changed: what was made of it can be kept by its address.
    pub answer: Arc<Answer>,
    pub unchanged: bool,
}

impl Cache {
    pub fn new(most_bytes: usize) -> Cache {
        Cache {
            most_bytes,
            kept: Mutex::default(),
        }
    }

    /// As [`fetch`]; a GET is asked for with the validator of what is known. Only answers with 200 and a
    /// validator are kept.
    pub async fn fetch(
        &self,
        way: &Way,
        mut request: Request,
        limits: &Limits,
        allow: &[IpNet],
    ) -> Result<Cached, Failure> {
        let key = (request.method == Method::Get).then(|| key(&request));
        let known = key.as_ref().and_then(|key| self.known(key));
        if let Some(known) = &known {
            for (validator, condition) in [
                ("etag", "If-None-Match"),
                ("last-modified", "If-Modified-Since"),
            ] {
                if let Some(value) = known.headers.value(validator) {
                    let header = (condition.to_string(), value.to_string());
                    request.headers.0.push(header);
                }
            }
        }
        let answer = Arc::new(fetch(way, request, limits, allow).await?);
        if answer.code == 304
            && let Some(answer) = known
        {
            return Ok(Cached {
                answer,
                unchanged: true,
            });
        }
        if let Some(key) = key {
            self.keep(key, &answer);
        }
        Ok(Cached {
            answer,
            unchanged: false,
        })
    }

    fn known(&self, key: &str) -> Option<Arc<Answer>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let asked = kept.asked;
        let entry = kept.entries.get_mut(key)?;
        entry.asked = asked;
        Some(entry.answer.clone())
    }

    fn keep(&self, key: String, answer: &Arc<Answer>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&key);
        let weight = weight(answer);
        if !may_be_kept(answer) || weight > self.most_bytes {
            return;
        }
        while kept.bytes + weight > self.most_bytes {
            let oldest = kept.entries.iter().min_by_key(|(_, entry)| entry.asked);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            kept.forget(&oldest);
        }
        kept.bytes += weight;
        kept.asked += 1;
        let entry = Entry {
            answer: answer.clone(),
            asked: kept.asked,
        };
        kept.entries.insert(key, entry);
    }
}

impl Kept {
    fn forget(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= weight(&entry.answer);
        }
    }
}

fn may_be_kept(answer: &Answer) -> bool {
    let rules = answer.headers.value("cache-control").unwrap_or_default();
    let forbidden = rules.to_ascii_lowercase().contains("no-store");
    let validator = ["etag", "last-modified"]
        .iter()
        .any(|name| answer.headers.value(name).is_some());
    answer.code == 200 && validator && !forbidden
}

fn weight(answer: &Answer) -> usize {
    let headers = answer.headers.0.iter();
    let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    answer.body.0.len() + headers + OVERHEAD
}

/// What the answer may depend on.
fn key(request: &Request) -> String {
    let mut key = request.url.reveal().to_string();
    for (name, value) in &request.headers.0 {
        key.push('\n');
        key.push_str(&name.to_ascii_lowercase());
        key.push(':');
        key.push_str(value);
    }
    key
}
