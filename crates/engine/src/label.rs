//! What a column is: its name, and how long it is kept.

use std::fmt;

/// How long a column is kept, for engines that plan what is in their memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// As long as the proving key, and read by every proof.
    WithKey,
    /// From where it is made to the end of the proof.
    WithProof,
    /// For the operations that follow.
    Briefly,
}

/// A column's name for ledgers and messages: `advice[3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// What kind of column.
    pub name: &'static str,
    /// Which of its kind.
    pub index: usize,
    /// How long it is kept.
    pub kept: Kept,
}

impl Label {
    /// Column `index` of those called `name`, kept as long as the key.
    pub fn of_key(name: &'static str, index: usize) -> Self {
        let kept = Kept::WithKey;
        Self { name, index, kept }
    }

    /// Column `index` of those called `name`, kept as long as the proof goes on.
    pub fn of_proof(name: &'static str, index: usize) -> Self {
        let kept = Kept::WithProof;
        Self { name, index, kept }
    }

    /// Column `index` of those called `name`, soon dropped.
    pub fn brief(name: &'static str, index: usize) -> Self {
        let kept = Kept::Briefly;
        Self { name, index, kept }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.name, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn labels_are_read_as_list_entries() {
        assert_eq!(Label::of_proof("advice", 3).to_string(), "advice[3]");
    }
}
