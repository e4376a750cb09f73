// One workgroup per matrix: WIDTH threads share its rows, columns or elements, and wait for each other between steps.
// `work` is scratch memory: a matrix and what is kept beside it take STRIDE elements.
@group(0) @binding(${WORK}) var<storage, read_write> work: array<f32>;

fn wait_for_all() {
  workgroupBarrier();
  storageBarrier();
}
