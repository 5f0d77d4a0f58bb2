//! Packs: what is written is read, and what was damaged or forged is refused.

mod damage;
mod forge;
mod hostile;
mod round_trip;
mod sample;
