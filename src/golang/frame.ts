/** One line of a stack trace: a function, or a call that was inlined into one. */
export interface Frame {
  /** With its package's path, readable: `gopkg.in/yaml.v3.(*Decoder).Decode`. */
  name: string;
  /** As recorded by the compiler; '' unknown. */
  file: string;
  /** 0 unknown. */
  line: number;
  /** Address of the function that holds the instruction; of an inlined call, its caller's. */
  entry: number;
  /** Line of the function's declaration; 0 unknown. */
  startLine: number;
  isInlined: boolean;
  /** Made by the compiler around another function; Go's own stack traces leave it out. */
  isWrapper: boolean;
}
