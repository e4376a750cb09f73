// What the backward passes of CTC leave for each other: log α + log β of each state, and for each label its next occurrence.
const REPEATED = 0x80000000u;
@group(0) @binding(${PATHS}) var<storage, read_write> paths: array<f32>;
@group(0) @binding(${LINKS}) var<storage, read_write> links: array<u32>;
