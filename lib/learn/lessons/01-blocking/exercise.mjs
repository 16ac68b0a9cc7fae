// Exercise of lesson 1. The serial server of the lesson runs. Three clients do this, in this order:
//
//   B connects, A connects, C connects
//   A sends a question, C sends a question, B sends a question
//   C says that it will send nothing more
//   B says that it will send nothing more
//   A says that it will send nothing more
//
// In which order do the three get their answers?
export const order = ['A', 'C', 'B'];
