//! The table of data sources: one line each.

use framework::DataEntry;

use crate::provider::Azure;

/// Every data source of the provider.
pub fn table() -> Vec<DataEntry<Azure>> {
    Vec::new()
}
