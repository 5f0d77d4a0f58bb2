//! Sets up the link of a Node-API addon, which differs by platform.

fn main() {
    napi_build::setup();
}
