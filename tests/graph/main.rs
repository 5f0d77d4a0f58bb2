//! The graph of small trees, each written for the fact its test proves.

#![cfg(unix)]

mod formats;
mod observations;
mod resolution;
mod shape;
mod transform;
mod tree;
mod typescript;
