//! The life of an app in the cache: missed, learnt, hit, edited, damaged.

#![cfg(unix)]

mod damage;
mod edits;
mod evidence;
mod learner;
mod life;
mod linkable;
mod project;
mod racy;
mod requires;
mod sharing;
mod threads;
mod typescript;
