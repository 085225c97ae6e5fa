using System.Buffers.Binary;
using System.Text;

namespace HrmGen.Native;

/// <summary>
/// The symbol versions that a shared library of Linux x64 needs of others (<c>.gnu.versionOffsetr</c>; the System V ABI's ELF64
/// format and the Linux Standard Base's chapter "Symbol Versioning"), and a way to make one of them optional.
/// </summary>
/// <remarks>
/// The bytes are not trusted: every offset is checked, so that a damaged file is an <see cref="ElfFormatException"/>, and the
/// work is bounded by the size of the file.
/// </remarks>
internal readonly ref struct ElfVersionNeeds
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const int NeedSize = 16;
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const uint SectionVersionOfSymbol = 0x6fffffff;
    private const ushort WeakFlag = 2;
    private const ushort VersionIndexMask = 0x7fff;

    private readonly ReadOnlySpan<byte> _image;
    private readonly ReadOnlySpan<byte> _sectionHeaders;

    private ElfVersionNeeds(ReadOnlySpan<byte> image)
    {
        _image = image;
        if (!image.StartsWith("\u007fELF"u8))
        {
            throw new ElfFormatException("it is not an ELF file");
        }

        ReadOnlySpan<byte> header = Slice(image, 0, HeaderSize, "the ELF header");
        const int class64 = 2, littleEndian = 1, machineX64 = 62;
        if (header[4] != class64 || header[5] != littleEndian || U16(header, 18) != machineX64)
        {
            throw new ElfFormatException("it is not a 64-bit x86 ELF file");
        }

        if (U16(header, 58) != SectionHeaderSize)
        {
            throw new ElfFormatException("its section headers are missing or of an unknown size");
        }

        _sectionHeaders = Slice(image, U64(header, 40), (ulong)U16(header, 60) * SectionHeaderSize, "the table of sections");
    }

    /// <summary>
    /// Marks the need of one version as weak: with a library that lacks that version, the dynamic linker then goes on instead of
    /// refusing the file.
    /// </summary>
    /// <param name="image">The bytes of the shared library; they are not changed.</param>
    /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="harmless">The one symbol of that version that may be left unresolved.</param>
    /// <returns>A copy of the bytes in which only that version's flags differ; equal bytes when it is weak already.</returns>
    /// <exception cref="ElfFormatException">
    /// The file is not one of Linux x64, is damaged, does not need that version, or needs it for another symbol too.
    /// </exception>
    public static byte[] Weaken(ReadOnlySpan<byte> image, string version, string harmless)
    {
        var elf = new ElfVersionNeeds(image);
        (int flagsOffset, ushort flags, ushort index) = elf.FindVersion(version);
        elf.RequireOnly(index, version, harmless);
        byte[] copy = image.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(flagsOffset), (ushort)(flags | WeakFlag));
        return copy;
    }

    // The needs are a list of libraries, each with a list of versions; both are chained by offsets relative to the entry.
    private (int FlagsOffset, ushort Flags, ushort Index) FindVersion(string version)
    {
        ReadOnlySpan<byte> header = Section(SectionVersionNeeds, "version needs");
        ReadOnlySpan<byte> section = Content(header, "the version needs");
        ReadOnlySpan<byte> names = LinkedNames(header, "the version needs");
        byte[] wanted = Encoding.UTF8.GetBytes(version);
        ulong sectionOffset = U64(header, 24);
        // Entries cannot overlap in a sound file, so there are no more of them than fit: chains that run back and forth end here.
        int budget = section.Length / NeedSize;
        (int FlagsOffset, ushort Flags, ushort Index)? found = null;
        ulong library = 0;
        for (uint next; ; library += next)
        {
            ReadOnlySpan<byte> need = Entry(section, library, ref budget);
            next = U32(need, 12);
            ulong versionOffset = library + U32(need, 8);
            for (int remaining = U16(need, 2); remaining > 0; remaining--)
            {
                ReadOnlySpan<byte> entry = Entry(section, versionOffset, ref budget);
                if (IsNamed(names, U32(entry, 8), wanted))
                {
                    if (found is not null)
                    {
                        throw new ElfFormatException($"it needs the version {version} twice");
                    }

                    const int flagsInEntry = 4;
                    found = (checked((int)(sectionOffset + versionOffset)) + flagsInEntry, U16(entry, 4), (ushort)(U16(entry, 6) & VersionIndexMask));
                }

                versionOffset += U32(entry, 12);
            }

            if (next == 0)
            {
                return found ?? throw new ElfFormatException($"it does not need the version {version}");
            }
        }
    }

    private void RequireOnly(ushort index, string version, string harmless)
    {
        ReadOnlySpan<byte> header = Section(SectionDynamicSymbols, "dynamic symbols");
        ReadOnlySpan<byte> symbols = Content(header, "the dynamic symbols");
        ReadOnlySpan<byte> names = LinkedNames(header, "the dynamic symbols");
        ReadOnlySpan<byte> versions = Content(Section(SectionVersionOfSymbol, "symbol versions"), "the symbol versions");
        int count = symbols.Length / SymbolSize;
        if (versions.Length / sizeof(ushort) != count)
        {
            throw new ElfFormatException($"it has {count} dynamic symbols but {versions.Length / sizeof(ushort)} symbol versions");
        }

        byte[] wanted = Encoding.UTF8.GetBytes(harmless);
        for (int i = 0; i < count; i++)
        {
            if ((U16(versions, i * sizeof(ushort)) & VersionIndexMask) != index)
            {
                continue;
            }

            uint name = U32(symbols, i * SymbolSize);
            if (!IsNamed(names, name, wanted))
            {
                throw new ElfFormatException($"it needs the version {version} for {Displayed(names, name)} too, which may be called");
            }
        }
    }

    private ReadOnlySpan<byte> Section(uint type, string what)
    {
        for (int offset = 0; offset < _sectionHeaders.Length; offset += SectionHeaderSize)
        {
            ReadOnlySpan<byte> header = _sectionHeaders.Slice(offset, SectionHeaderSize);
            if (U32(header, 4) == type)
            {
                return header;
            }
        }

        throw new ElfFormatException($"it has no section of {what}");
    }

    private ReadOnlySpan<byte> Content(ReadOnlySpan<byte> header, string what) => Slice(_image, U64(header, 24), U64(header, 32), what);

    private ReadOnlySpan<byte> LinkedNames(ReadOnlySpan<byte> header, string what)
    {
        ReadOnlySpan<byte> link = Slice(_sectionHeaders, (ulong)U32(header, 40) * SectionHeaderSize, SectionHeaderSize, $"the section that names {what}");
        return Content(link, $"the names of {what}");
    }

    private static ReadOnlySpan<byte> Entry(ReadOnlySpan<byte> section, ulong offset, ref int budget) =>
        budget-- > 0
            ? Slice(section, offset, NeedSize, "an entry of the version needs")
            : throw new ElfFormatException("its version needs overlap");

    private static bool IsNamed(ReadOnlySpan<byte> names, uint offset, ReadOnlySpan<byte> wanted)
    {
        _ = Slice(names, offset, 1, "a name");
        ReadOnlySpan<byte> name = names[(int)offset..];
        return name.Length > wanted.Length && name.StartsWith(wanted) && name[wanted.Length] == 0;
    }

    private static string Displayed(ReadOnlySpan<byte> names, uint offset)
    {
        const int longest = 200;
        ReadOnlySpan<byte> name = names.Slice((int)offset, Math.Min(longest, names.Length - (int)offset));
        int end = name.IndexOf((byte)0);
        name = end < 0 ? name : name[..end];
        return string.Create(name.Length, name, static (text, bytes) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = bytes[i] is > 0x20 and < 0x7f ? (char)bytes[i] : '?';
            }
        });
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, ulong offset, ulong length, string what) =>
        offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset
            ? bytes.Slice((int)offset, (int)length)
            : throw new ElfFormatException($"it is damaged or cut short: {what} would lie outside it");

    private static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
