namespace HrmGen.Native;

/// <summary>A file is not the ELF file that was expected. The message is a clause about the file: "it is damaged or cut short: …".</summary>
internal sealed class ElfFormatException(string message) : Exception(message);
