//! The loads themselves: some forms, each with any filters, orders, limits and strategies, run in all ways.

use orm::prelude::*;
use orm::{InScope, Loading};

use super::plan::{Filter, Level, Plan, Relation, Tree};
use super::{Leaf, Node, Place, Random, Slot};

#[derive(Debug, Clone, Copy)]
pub(super) enum Query {
    Tree,
    Places,
    Leaves,
    Slots,
    Joined,
}

/// How a load is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Database,
    Connection,
    Transaction,
    Snapshot,
    Stream,
    Pages,
}

impl How {
    pub(super) const ALL: [Self; 6] = [
        Self::Database,
        Self::Connection,
        Self::Transaction,
        Self::Snapshot,
        Self::Stream,
        Self::Pages,
    ];
}

/// A relation to many, as the plan says.
macro_rules! level {
    ($many:expr, $plan:expr, $above:expr) => {{
        let (level, above) = ($plan.level, $above);
        let mut many = $many.strategy(level.strategy);
        many = match level.filter {
            Filter::No => many,
            Filter::Id(id) => many.filter(move |c| c.id.gt(id)),
            Filter::Rank(rank) => many.filter(move |c| c.rank.le(rank)),
            Filter::AboveRank => many.filter(move |c| c.id.gt(above.rank)),
            Filter::AboveNull => many.filter(move |c| above.rank.is_null() | c.rank.eq(above.rank)),
        };
        many = match level.order {
            None => many,
            Some(false) => many.order_by(|c| (c.rank.asc(), c.id.asc())),
            Some(true) => many.order_by(|c| (c.rank.desc(), c.id.asc())),
        };
        if let Some(limit) = level.limit {
            many = many.limit_per_parent(limit);
        }
        if let Some(offset) = level.offset {
            many = many.offset_per_parent(offset);
        }
        many
    }};
}

/// A query's own filter, order and limit.
macro_rules! root {
    ($loading:expr, $plan:expr, |$row:pat_param| $rank:expr, |$keyed:pat_param| [$($key:expr),+]) => {{
        let (mut loading, level) = ($loading, $plan.level);
        if let Filter::Rank(most) = level.filter {
            loading = loading.filter(move |$row| $rank.le(most));
        }
        loading = match level.order {
            None => loading,
            Some(false) => loading.order_by(|$row| $rank.asc()).order_by(|$keyed| ($($key.asc(),)+)),
            Some(true) => loading.order_by(|$row| $rank.desc()).order_by(|$keyed| ($($key.asc(),)+)),
        };
        if let Some(limit) = level.limit {
            loading = loading.limit(limit);
        }
        if let Some(offset) = level.offset {
            loading = loading.offset(offset);
        }
        loading
    }};
}

impl Query {
    pub(super) const ALL: [Self; 5] = [Self::Tree, Self::Places, Self::Leaves, Self::Slots, Self::Joined];

    pub(super) fn plan(self, random: &mut Random) -> Plan {
        use Relation as R;
        let mut many = |relation, parts| Plan {
            relation,
            level: random.level(),
            parts,
        };
        let one = |relation, parts| Plan {
            relation,
            level: Level::ALL,
            parts,
        };
        let mut root = match self {
            Self::Tree => {
                let leaves = many(R::NodeLeaves, vec![]);
                let second = many(R::Children, vec![leaves]);
                let first = many(R::Children, vec![second]);
                many(R::Nodes, vec![first, one(R::Parent, vec![])])
            }
            Self::Places => {
                let leaves = many(R::NodeLeaves, vec![one(R::LeafSlot, vec![])]);
                let parts = vec![leaves, one(R::Parent, vec![]), many(R::Marked, vec![])];
                let nodes = many(R::PlaceNodes, parts);
                many(R::Places, vec![nodes])
            }
            Self::Leaves => {
                let below = many(R::NodeLeaves, vec![]);
                let node = one(R::LeafNode, vec![many(R::Children, vec![below])]);
                let slot = one(R::LeafSlot, vec![many(R::SlotLeaves, vec![])]);
                many(R::Leaves, vec![node, slot])
            }
            Self::Slots => {
                let leaves = many(R::SlotLeafIds, vec![]);
                many(R::Slots, vec![leaves])
            }
            Self::Joined => {
                let children = many(R::JoinedChildren, vec![one(R::Parent, vec![])]);
                many(R::NodesAndLeaves, vec![children, one(R::LeafSlot, vec![])])
            }
        };
        if !matches!(root.level.filter, Filter::Rank(_)) {
            root.level.filter = Filter::No;
        }
        root
    }

    pub(super) async fn load(self, plan: &Plan, how: How, db: &Database) -> Result<Vec<Tree>, Error> {
        match self {
            Self::Tree => either(tree(plan), how, db).await,
            Self::Places => either(places(plan), how, db).await,
            Self::Leaves => either(leaves(plan), how, db).await,
            Self::Slots => either(slots(plan), how, db).await,
            Self::Joined => read(joined(plan), how, db).await,
        }
    }
}

type Leaves = Vec<Leaf>;

fn tree(plan: &Plan) -> Loading<Node, (Node, Vec<(Node, Vec<(Node, Leaves)>)>, Option<Node>)> {
    let first = &plan.parts[0];
    let second = &first.parts[0];
    let third = &second.parts[0];
    let loading = Node::query()
        .with(|n| {
            level!(n.children(), first, n)
                .with(|c| level!(c.children(), second, c).with(|d| level!(d.leaves(), third, d)))
        })
        .with(|n| n.parent());
    root!(loading, plan, |n| n.rank, |n| [n.id])
}

type NodeParts = (Node, Vec<(Leaf, Option<Slot>)>, Option<Node>, Leaves);

fn places(plan: &Plan) -> Loading<Place, (Place, Vec<NodeParts>)> {
    let nodes = &plan.parts[0];
    let [leaves, _, marked] = &nodes.parts[..] else {
        unreachable!()
    };
    let loading = Place::query().with(|p| {
        level!(p.nodes(), nodes, p)
            .with(|n| level!(n.leaves(), leaves, n).with(|l| l.slot()))
            .with(|n| n.parent())
            .with(|n| level!(n.marked(), marked, n))
    });
    root!(loading, plan, |p| p.rank, |p| [p.code])
}

type LeafParts = (Leaf, (Node, Vec<(Node, Leaves)>), Option<(Slot, Leaves)>);

fn leaves(plan: &Plan) -> Loading<Leaf, LeafParts> {
    let children = &plan.parts[0].parts[0];
    let (below, beside) = (&children.parts[0], &plan.parts[1].parts[0]);
    let loading = Leaf::query()
        .with(|l| {
            l.node()
                .with(|n| level!(n.children(), children, n).with(|c| level!(c.leaves(), below, c)))
        })
        .with(|l| l.slot().with(|s| level!(s.leaves(), beside, s)));
    root!(loading, plan, |l| l.rank, |l| [l.id])
}

fn slots(plan: &Plan) -> Loading<Slot, (Slot, Vec<(i64, Option<i64>)>)> {
    let leaves = &plan.parts[0];
    let loading = Slot::query().with(|s| level!(s.leaves(), leaves, s).select(|l| (l.id, l.rank)));
    root!(loading, plan, |s| s.rank, |s| [s.x, s.y])
}

type JoinedParts = (Node, Option<Leaf>, Vec<(Node, Option<Node>)>, Option<Slot>);

fn joined(plan: &Plan) -> Loading<(Node, Option<Leaf>), JoinedParts> {
    let children = &plan.parts[0];
    let loading = Node::query()
        .left_join(|n| n.leaves())
        .with(|(n, _)| level!(n.children(), children, n).with(|c| c.parent()))
        .with(|(_, l)| l.slot());
    root!(loading, plan, |(n, _)| n.rank, |(n, l)| [n.id, l.id])
}

async fn either<M, T>(loading: Loading<M, T>, how: How, db: &Database) -> Result<Vec<Tree>, Error>
where
    M: TableModel + InScope,
    T: Grow + Send + 'static,
{
    if how != How::Pages {
        return read(loading, how, db).await;
    }
    // Each page begins with the cursor of the one before.
    let page = loading.page(1000, None, db).await?;
    assert!(page.next.is_none() && page.previous.is_none());
    Ok(page.items.into_iter().map(Grow::grow).collect())
}

async fn read<R: InScope, T: Grow + Send + 'static>(
    loading: Loading<R, T>,
    how: How,
    db: &Database,
) -> Result<Vec<Tree>, Error> {
    let rows = match how {
        How::Database | How::Pages => loading.all(db).await?,
        How::Connection => loading.all(&db.connection().await?).await?,
        How::Snapshot => loading.snapshot().all(db).await?,
        How::Transaction => {
            let tx = db.begin().await?;
            let rows = loading.all(&tx).await?;
            tx.commit().await?;
            rows
        }
        How::Stream => {
            let (mut stream, mut rows) = (loading.stream(db), Vec::new());
            while let Some(row) = stream.try_next().await? {
                rows.push(row);
            }
            rows
        }
    };
    Ok(rows.into_iter().map(Grow::grow).collect())
}

/// A loaded row as a tree.
pub(super) trait Grow {
    fn grow(self) -> Tree;
}

/// What was loaded beside a row.
trait Part {
    fn part(self) -> Vec<Tree>;
}

macro_rules! rows {
    ($($row:ty),*) => { $(
        impl Grow for $row {
            fn grow(self) -> Tree {
                Tree { row: format!("{self:?}"), parts: Vec::new() }
            }
        }
        impl Part for $row {
            fn part(self) -> Vec<Tree> {
                vec![self.grow()]
            }
        }
    )* };
}
rows!(Place, Node, Leaf, Slot, i64);

impl<T: Grow> Part for Vec<T> {
    fn part(self) -> Vec<Tree> {
        self.into_iter().map(Grow::grow).collect()
    }
}

impl<T: Grow> Part for Option<T> {
    fn part(self) -> Vec<Tree> {
        self.into_iter().map(Grow::grow).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        impl<T: Grow, $($name: Part),+> Grow for (T, $($name),+) {
            fn grow(self) -> Tree {
                let mut tree = self.0.grow();
                tree.parts = vec![$(self.$index.part()),+];
                tree
            }
        }
        impl<T: Grow, $($name: Part),+> Part for (T, $($name),+) {
            fn part(self) -> Vec<Tree> {
                vec![self.grow()]
            }
        }
    )* };
}
tuples! {
    (A 1)
    (A 1, B 2)
    (A 1, B 2, C 3)
}
