package org.stasis.engine.options;

/** What open and mapped files are recognised by at the restore. */
public enum FileValidation {
  /** Their size alone. */
  FILE_SIZE,
  /** The build id of ELF files, and the size of the others. */
  BUILD_ID
}
