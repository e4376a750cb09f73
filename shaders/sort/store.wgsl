// Where a step of a sort leaves the element that stood at `place` of its line and now stands at `at`: the last one writes
// the results, the others a key and a place for the next step.
#if ${LAST}
fn store(line: u32, at: u32, key: u32, place: u32) {
  let e = out_at(line) + at * ${OUT_STEP};
  out0(e, in0(x_at(line) + place * ${X_STEP}));
  out1(e, i32(place));
}
#else
@group(0) @binding(${KEYS}) var<storage, read_write> keys_after: array<u32>;
@group(0) @binding(${PLACES}) var<storage, read_write> places_after: array<u32>;

fn store(line: u32, at: u32, key: u32, place: u32) {
  keys_after[line * ${LENGTH}u + at] = key;
  places_after[line * ${LENGTH}u + at] = place;
}
#endif
