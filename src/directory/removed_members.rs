//! Members that are removed from a group together.

use super::memberships;
use crate::azure::{Client, Error, OperationContext, Request};
use crate::client::removal::{Outcome, Removals};

/// Members that are removed from one group.
#[derive(Debug)]
pub(super) struct Members<'a> {
    pub(super) client: &'a Client,
    pub(super) operation_context: &'a OperationContext,
    pub(super) group: &'a memberships::Group,
    pub(super) members: &'a [uuid::Uuid],
}

impl Members<'_> {
    fn at(&self, which: &[usize]) -> Vec<uuid::Uuid> {
        which.iter().filter_map(|which| self.members.get(*which)).copied().collect()
    }
}

impl Removals for Members<'_> {
    fn count(&self) -> usize {
        self.members.len()
    }

    async fn remove(&self, which: &[usize]) -> Vec<Result<Outcome, Error>> {
        let requests: Vec<Request> = self.at(which).into_iter().map(|member| self.group.of().removing(member)).collect();
        let sent = match requests.as_slice() {
            [one] => vec![self.client.send(one, self.operation_context).await],
            several => self.client.batch(several, self.operation_context).await,
        };
        sent.into_iter().map(|sent| sent.map(|_| Outcome::Applied)).collect()
    }

    async fn exist(&self, which: &[usize]) -> Vec<Result<bool, Error>> {
        let members = self.at(which);
        let found = match members.as_slice() {
            [one] => {
                self.group.look(self.client, *one, self.operation_context).await.map(|there| there.then_some(*one).into_iter().collect())
            }
            several => self.group.look_for(self.client, several, self.operation_context).await,
        };
        match found {
            Ok(found) => members.iter().map(|member| Ok(found.contains(member))).collect(),
            // Without the group there are no members.
            Err(error) if error.is_not_found() => members.iter().map(|_| Ok(false)).collect(),
            Err(error) => members.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
