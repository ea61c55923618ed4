//! What is wrong with a file: where, and what was expected; and a walk through JSON that keeps the path.

use serde_json::Value;

/// A fault of the file's writer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct Fault {
    pub place: String,
    pub fault: String,
}

impl Fault {
    pub fn new(place: impl Into<String>, fault: impl Into<String>) -> Fault {
        Fault { place: place.into(), fault: fault.into() }
    }

    /// What serde found, by line and column.
    pub fn json(e: &serde_json::Error) -> Fault {
        let said = e.to_string();
        let said = said.split(" at line ").next().unwrap_or_default().to_owned();
        Fault::new(format!("line {}, column {}", e.line(), e.column()), said)
    }
}

/// A place in a JSON document, such as `vehicles[3].time_window`.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    pub path: String,
    value: Option<&'a Value>,
}

impl<'a> Field<'a> {
    pub fn new(path: impl Into<String>, value: &'a Value) -> Field<'a> {
        Field { path: path.into(), value: Some(value) }
    }

    /// A fault of this field.
    pub fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::new(self.path.clone(), what)
    }

    /// The member `key`; absent where the object has none or `null`.
    pub fn at(&self, key: &str) -> Field<'a> {
        let value = self.value.and_then(|v| v.get(key)).filter(|v| !v.is_null());
        Field { path: format!("{}.{key}", self.path), value }
    }

    pub fn is_given(&self) -> bool {
        self.value.is_some()
    }

    /// Refuses anything but an object.
    pub fn object(&self) -> Result<(), Fault> {
        match self.value {
            Some(Value::Object(_)) => Ok(()),
            _ => Err(self.fault("an object is expected")),
        }
    }

    /// A whole number of at least `low` and at most `high`, or `or` where the field is not given.
    pub fn whole(&self, low: i64, high: i64, or: i64) -> Result<i64, Fault> {
        let Some(value) = self.value else { return Ok(or) };
        value
            .as_i64()
            .filter(|x| (low..=high).contains(x))
            .ok_or_else(|| self.fault(format!("{value} is not a whole number from {low} to {high}")))
    }

    /// A number, or `or` where the field is not given.
    pub fn number(&self, or: f64) -> Result<f64, Fault> {
        let Some(value) = self.value else { return Ok(or) };
        value.as_f64().ok_or_else(|| self.fault(format!("{value} is not a number")))
    }

    /// A text where it is given.
    pub fn text(&self) -> Result<Option<String>, Fault> {
        let Some(value) = self.value else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.fault(format!("{value} is not a text")))?;
        Ok(Some(text.to_owned()))
    }

    /// The elements of an array; none where the field is not given.
    pub fn list(&self) -> Result<Vec<Field<'a>>, Fault> {
        let Some(value) = self.value else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| self.fault("an array is expected"))?;
        let one = |(i, v)| Field { path: format!("{}[{i}]", self.path), value: Some(v) };
        Ok(list.iter().enumerate().map(one).collect())
    }

    /// The members of an object; none where the field is not given.
    pub fn members(&self) -> Result<Vec<(&'a str, Field<'a>)>, Fault> {
        let Some(value) = self.value else { return Ok(Vec::new()) };
        let map = value.as_object().ok_or_else(|| self.fault("an object is expected"))?;
        Ok(map.keys().map(|k| (k.as_str(), self.at(k))).collect())
    }

    /// An array of exactly two whole numbers, not negative, the first not above the second.
    pub fn window(&self) -> Result<[i64; 2], Fault> {
        let list = self.list()?;
        let [from, to] = list.as_slice() else { return Err(self.fault("[start, end] is expected")) };
        let window = [from.whole(0, LATEST, 0)?, to.whole(0, LATEST, 0)?];
        if window[0] > window[1] {
            return Err(self.fault(format!("[{}, {}] ends before it starts", window[0], window[1])));
        }
        Ok(window)
    }
}

/// The latest second a file may name: far beyond any timestamp, and small enough to add to.
pub const LATEST: i64 = 1 << 40;
