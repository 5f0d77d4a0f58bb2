//! What a module record says about a module: its requests, imports, exports and star exports.
//!
//! Plain data, shared by every room. The shape is JavaScriptCore's module record, as Bun's BMES v1
//! writes it (docs/format.md); the terms are those of ECMA-262, section 16.2.1.
//!
//! As JSON it has the shape of `ModuleMetadata` in index.d.ts.

use serde::{Deserialize, Serialize};

/// A module's static interface, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleMetadata {
    /// One per distinct (specifier, attributes), in the order they are first written.
    pub requested_modules: Vec<ModuleRequest>,
    /// One per imported binding.
    pub import_entries: Vec<ImportEntry>,
    /// One per exported name, star exports excepted.
    pub export_entries: Vec<ExportEntry>,
    /// The specifiers of `export * from`, in source order.
    pub star_exports: Vec<String>,
}

/// A module that must be loaded before this one can be linked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleRequest {
    /// The specifier as written, not normalised.
    pub specifier: String,
    /// `None` without a `with` clause; pairs in source order otherwise.
    #[serde(with = "attributes_as_object")]
    pub attributes: Option<Vec<ImportAttribute>>,
}

/// One `key: value` of a `with` clause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImportAttribute {
    /// The key, such as `type`.
    pub key: String,
    /// The value, such as `json`.
    pub value: String,
}

/// The kind of an import entry; the numbers are those of BMES v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u32)]
pub enum ImportType {
    /// One name of the requested module.
    Single = 0,
    /// The same, from TypeScript, where the name may turn out to be a type. Never written here.
    SingleTypeScript = 1,
    /// `import * as ns`.
    Namespace = 2,
}

/// A binding that another module provides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportEntry {
    /// What is imported.
    #[serde(rename = "type")]
    pub import_type: ImportType,
    /// The specifier it comes from.
    pub module_request: String,
    /// The name there; `*` for a namespace.
    pub import_name: String,
    /// The name here.
    pub local_name: String,
}

/// The kind of an export entry; the numbers are those of BMES v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u32)]
pub enum ExportType {
    /// A binding of this module.
    Local = 0,
    /// A binding of another module, passed on.
    Indirect = 1,
    /// Another module's namespace, as one name.
    Namespace = 2,
}

/// A name this module exports. The format cannot tell an absent string from an empty one, so an
/// empty string in an optional field reads back as `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportEntry {
    /// Where the binding lives.
    #[serde(rename = "type")]
    pub export_type: ExportType,
    /// The name importers use.
    pub export_name: String,
    /// The specifier, for `Indirect` and `Namespace`.
    pub module_name: Option<String>,
    /// The name in that module, for `Indirect`.
    pub import_name: Option<String>,
    /// The name here, for `Local`.
    pub local_name: Option<String>,
}

/// `{"type": "json"}`, in the order of the pairs.
pub(crate) mod attributes_as_object {
    use std::fmt;

    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::{Deserialize, Serializer};

    use super::ImportAttribute;

    pub(crate) fn serialize<S: Serializer>(
        attributes: &Option<Vec<ImportAttribute>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match attributes {
            None => serializer.serialize_none(),
            Some(pairs) => serializer.collect_map(pairs.iter().map(|a| (&a.key, &a.value))),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<ImportAttribute>>, D::Error> {
        Ok(Option::<Pairs>::deserialize(deserializer)?.map(|pairs| pairs.0))
    }

    struct Pairs(Vec<ImportAttribute>);

    impl<'de> Deserialize<'de> for Pairs {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(PairsVisitor)
        }
    }

    struct PairsVisitor;

    impl<'de> Visitor<'de> for PairsVisitor {
        type Value = Pairs;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of strings")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
            let mut pairs = Vec::new();
            while let Some((key, value)) = map.next_entry()? {
                pairs.push(ImportAttribute { key, value });
            }
            Ok(Pairs(pairs))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_their_order_in_json_and_absent_is_not_empty() {
        let json = concat!(
            r#"[{"specifier":"a","attributes":{"z":"1","__proto__":"2","a":"3"}},"#,
            r#"{"specifier":"b","attributes":{}},{"specifier":"c","attributes":null}]"#,
        );
        let requests: Vec<ModuleRequest> = serde_json::from_str(json).unwrap();
        let keys: Vec<_> =
            requests[0].attributes.iter().flatten().map(|a| a.key.as_str()).collect();
        assert_eq!(keys, ["z", "__proto__", "a"]);
        assert_eq!(requests[1].attributes, Some(Vec::new()));
        assert_eq!(requests[2].attributes, None);
        assert_eq!(serde_json::to_string(&requests).unwrap(), json);
    }
}
