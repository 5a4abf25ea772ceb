//! Every format has a fuzz target of its own.

use std::path::Path;

#[test]
fn every_format_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let list = std::fs::read_to_string(folder.join("Cargo.toml")).expect("the crate is there");
    for format in headwater::import::FORMATS {
        let id = format.id;
        let target = folder.join(format!("fuzz_targets/{id}.rs"));
        let source = std::fs::read_to_string(&target).unwrap_or_default();
        assert!(source.contains(&format!("\"{id}\"")), "{id} has no target");
        assert!(
            list.contains(&format!("name = \"{id}\"")),
            "{id} is not listed"
        );
    }
}
