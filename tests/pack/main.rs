//! Packs: what is written is read, and what was damaged or forged is refused.

mod damage;
mod forge;
#[cfg(unix)]
mod guards;
mod hostile;
mod round_trip;
mod sample;
