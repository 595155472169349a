//! What is asked, and what a loop over all rows answers.

use std::cmp::Ordering;

use orm::Strategy;

use super::{Leaf, Node, Place, Slot, World};

/// Rows of a query or a relation, and the relations that are loaded for each.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) relation: Relation,
    pub(super) level: Level,
    pub(super) parts: Vec<Plan>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) filter: Filter,
    /// `Some(true)` is descending.
    pub(super) order: Option<bool>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) strategy: Strategy,
}

impl Level {
    /// All, as they come.
    pub(super) const ALL: Self = Self {
        filter: Filter::No,
        order: None,
        limit: None,
        offset: None,
        strategy: Strategy::Auto,
    };
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Filter {
    No,
    /// `id > …`
    Id(i64),
    /// `rank <= …`
    Rank(i64),
    /// `id > above.rank`
    AboveRank,
    /// `above.rank IS NULL OR rank = above.rank`
    AboveNull,
}

impl Filter {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::No => "none",
            Self::Id(_) => "id",
            Self::Rank(_) => "rank",
            Self::AboveRank => "above.rank",
            Self::AboveNull => "above.rank or NULL",
        }
    }

    fn holds(self, row: &Row, above: Option<&Row>) -> bool {
        let above = above.and_then(Row::rank);
        match self {
            Self::No => true,
            Self::Id(id) => row.id() > id,
            Self::Rank(most) => row.rank().is_some_and(|rank| rank <= most),
            Self::AboveRank => above.is_some_and(|rank| row.id() > rank),
            Self::AboveNull => above.is_none_or(|above| row.rank() == Some(above)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Places,
    Nodes,
    Leaves,
    Slots,
    /// Nodes, with the leaves joined to each or none.
    NodesAndLeaves,
    PlaceNodes,
    Children,
    NodeLeaves,
    Marked,
    SlotLeaves,
    /// The id and the rank alone.
    SlotLeafIds,
    JoinedChildren,
    Parent,
    LeafNode,
    LeafSlot,
}

impl Relation {
    pub(super) fn is_to_many(self) -> bool {
        use Relation::*;
        matches!(
            self,
            PlaceNodes | Children | NodeLeaves | Marked | SlotLeaves | SlotLeafIds | JoinedChildren
        )
    }
}

/// A row with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tree {
    pub(super) row: String,
    pub(super) parts: Vec<Vec<Tree>>,
}

impl Tree {
    pub(super) fn size(&self) -> usize {
        1 + self.parts.iter().flatten().map(Self::size).sum::<usize>()
    }
}

#[derive(Debug, Clone)]
enum Row {
    Place(Place),
    Node(Node),
    Leaf(Leaf),
    Slot(Slot),
    Joined(Node, Option<Leaf>),
}

impl Row {
    fn id(&self) -> i64 {
        match self {
            Self::Node(node) | Self::Joined(node, _) => node.id,
            Self::Leaf(leaf) => leaf.id,
            Self::Place(_) | Self::Slot(_) => panic!("it has no id"),
        }
    }

    fn rank(&self) -> Option<i64> {
        match self {
            Self::Place(place) => place.rank,
            Self::Node(node) | Self::Joined(node, _) => node.rank,
            Self::Leaf(leaf) => leaf.rank,
            Self::Slot(slot) => slot.rank,
        }
    }

    /// By the key.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Place(a), Self::Place(b)) => a.code.cmp(&b.code),
            (Self::Slot(a), Self::Slot(b)) => (a.x, a.y).cmp(&(b.x, b.y)),
            (Self::Joined(a, left), Self::Joined(b, right)) => {
                let leaf = |leaf: &Option<Leaf>| leaf.as_ref().map(|leaf| leaf.id);
                (a.id, leaf(left)).cmp(&(b.id, leaf(right)))
            }
            _ => self.id().cmp(&other.id()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Place(row) => format!("{row:?}"),
            Self::Node(row) | Self::Joined(row, _) => format!("{row:?}"),
            Self::Leaf(row) => format!("{row:?}"),
            Self::Slot(row) => format!("{row:?}"),
        }
    }

    fn is_of(&self, slot: &Slot) -> bool {
        matches!(self, Self::Leaf(leaf) if leaf.x == Some(slot.x) && leaf.y == Some(slot.y))
    }
}

fn single(row: String) -> Tree {
    let parts = Vec::new();
    Tree { row, parts }
}

impl Plan {
    /// How many statements may be sent.
    pub(super) fn statements(&self) -> usize {
        1 + self.to_many()
    }

    fn to_many(&self) -> usize {
        let of = |part: &Plan| usize::from(part.relation.is_to_many()) + part.to_many();
        self.parts.iter().map(of).sum()
    }

    /// Lists without an order in one that two of the same rows have.
    pub(super) fn normal(&self, mut rows: Vec<Tree>) -> Vec<Tree> {
        // A selected row and a joined one have parts in front that are no relations.
        for row in &mut rows {
            let first = row.parts.len() - self.parts.len();
            for (rows, part) in row.parts[first..].iter_mut().zip(&self.parts) {
                *rows = part.normal(std::mem::take(rows));
            }
        }
        if self.level.order.is_none() {
            rows.sort();
        }
        rows
    }

    pub(super) fn expected(&self, world: &World) -> Vec<Tree> {
        self.normal(self.rows(world, None))
    }

    fn rows(&self, world: &World, above: Option<&Row>) -> Vec<Tree> {
        let mut rows = self.relation.rows(world, above);
        rows.retain(|row| self.level.filter.holds(row, above));
        if let Some(descending) = self.level.order {
            // NULLs are greater than all.
            let rank = |row: &Row| row.rank().unwrap_or(i64::MAX);
            rows.sort_by(|a, b| {
                let ranks = rank(a).cmp(&rank(b));
                let ranks = if descending { ranks.reverse() } else { ranks };
                ranks.then_with(|| a.compare(b))
            });
        }
        let rows = rows.into_iter().skip(self.level.offset.unwrap_or(0) as usize);
        let most = self.level.limit.map_or(usize::MAX, |limit| limit as usize);
        rows.take(most).map(|row| self.tree(world, &row)).collect()
    }

    fn tree(&self, world: &World, row: &Row) -> Tree {
        if self.relation == Relation::SlotLeafIds {
            let rank = row.rank().map(|rank| single(rank.to_string()));
            let parts = vec![rank.into_iter().collect()];
            let row = row.id().to_string();
            return Tree { row, parts };
        }
        let mut tree = single(row.name());
        if let Row::Joined(_, leaf) = row {
            let leaf = leaf.iter().map(|leaf| single(format!("{leaf:?}")));
            tree.parts.push(leaf.collect());
        }
        tree.parts
            .extend(self.parts.iter().map(|part| part.rows(world, Some(row))));
        tree
    }
}

impl Relation {
    fn rows(self, world: &World, above: Option<&Row>) -> Vec<Row> {
        let nodes = |holds: &dyn Fn(&Node) -> bool| -> Vec<Row> {
            let nodes = world.nodes.iter().filter(|node| holds(node));
            nodes.cloned().map(Row::Node).collect()
        };
        let leaves = |holds: &dyn Fn(&Leaf) -> bool| -> Vec<Row> {
            let leaves = world.leaves.iter().filter(|leaf| holds(leaf));
            leaves.cloned().map(Row::Leaf).collect()
        };
        match (self, above) {
            (Self::Places, _) => world.places.iter().cloned().map(Row::Place).collect(),
            (Self::Nodes, _) => nodes(&|_| true),
            (Self::Leaves, _) => leaves(&|_| true),
            (Self::Slots, _) => world.slots.iter().cloned().map(Row::Slot).collect(),
            (Self::NodesAndLeaves, _) => joined(world),
            (Self::PlaceNodes, Some(Row::Place(place))) => nodes(&|node| node.place_code.as_ref() == Some(&place.code)),
            (Self::Children | Self::JoinedChildren, Some(Row::Node(of) | Row::Joined(of, _))) => {
                nodes(&|node| node.parent_id == Some(of.id))
            }
            (Self::NodeLeaves, Some(Row::Node(of))) => leaves(&|leaf| leaf.node_id == of.id),
            (Self::Marked, Some(Row::Node(of))) => {
                let marks = world.marks.iter().filter(|mark| mark.node_id == of.id);
                marks.flat_map(|mark| leaves(&|leaf| leaf.id == mark.leaf_id)).collect()
            }
            (Self::SlotLeaves | Self::SlotLeafIds, Some(Row::Slot(slot))) => {
                let leaves = leaves(&|_| true).into_iter();
                leaves.filter(|leaf| leaf.is_of(slot)).collect()
            }
            (Self::Parent, Some(Row::Node(of))) => nodes(&|node| Some(node.id) == of.parent_id),
            (Self::LeafNode, Some(Row::Leaf(of))) => nodes(&|node| node.id == of.node_id),
            (Self::LeafSlot, Some(Row::Leaf(of) | Row::Joined(_, Some(of)))) => {
                let slots = world.slots.iter().filter(|slot| Row::Leaf(of.clone()).is_of(slot));
                slots.cloned().map(Row::Slot).collect()
            }
            (Self::LeafSlot, Some(Row::Joined(_, None))) => Vec::new(),
            (relation, above) => panic!("{relation:?} of {above:?}"),
        }
    }
}

fn joined(world: &World) -> Vec<Row> {
    let mut rows = Vec::new();
    for node in &world.nodes {
        let leaves = world.leaves.iter().filter(|leaf| leaf.node_id == node.id);
        let before = rows.len();
        rows.extend(leaves.map(|leaf| Row::Joined(node.clone(), Some(leaf.clone()))));
        if rows.len() == before {
            rows.push(Row::Joined(node.clone(), None));
        }
    }
    rows
}
