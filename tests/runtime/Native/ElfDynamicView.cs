using System.Buffers.Binary;
using System.Text;

namespace HrmGen.Tests.Native;

/// <summary>
/// A second reading of an ELF file, the way the dynamic linker does it: through the program headers and the dynamic table, where
/// the code under test goes through the section headers. For sound files only.
/// </summary>
internal sealed class ElfDynamicView
{
    private readonly byte[] _image;
    private readonly Dictionary<ulong, ulong> _dynamic = [];

    public ElfDynamicView(byte[] image)
    {
        _image = image;
        const uint dynamicSegment = 2;
        ulong table = 0;
        for (int i = 0; i < U16(56); i++)
        {
            ulong segment = U64(32) + ((ulong)i * U16(54));
            table = U32(segment) == dynamicSegment ? U64(segment + 8) : table;
        }

        for (; U64(table) != 0; table += 16)
        {
            _dynamic.TryAdd(U64(table), U64(table + 8));
        }

        ulong library = FileOffset(_dynamic[0x6ffffffe]);
        for (ulong count = _dynamic[0x6fffffff]; count > 0; count--, library += U32(library + 12))
        {
            string from = Name(U32(library + 4));
            ulong version = library + U32(library + 8);
            for (int remaining = U16(library + 2); remaining > 0; remaining--, version += U32(version + 12))
            {
                Needs.Add(new Need(from, Name(U32(version + 8)), (int)version + 4, U16(version + 4), U16(version + 6)));
            }
        }
    }

    public List<Need> Needs { get; } = [];

    public Need this[string version] => Needs.Single(need => need.Version == version);

    /// <summary>Where the version of the first symbol that is bound to this index lies, and the symbol's name.</summary>
    public (int Offset, string Symbol) FirstBoundTo(int index)
    {
        ulong versions = FileOffset(_dynamic[0x6ffffff0]), symbols = FileOffset(_dynamic[6]);
        for (uint i = 0; ; i++)
        {
            if (U16(versions + (2 * i)) == index)
            {
                return ((int)(versions + (2 * i)), Name(U32(symbols + (24 * i))));
            }
        }
    }

    private ulong FileOffset(ulong address)
    {
        const uint loadedSegment = 1;
        for (int i = 0; ; i++)
        {
            ulong segment = U64(32) + ((ulong)i * U16(54));
            if (U32(segment) == loadedSegment && address >= U64(segment + 16) && address < U64(segment + 16) + U64(segment + 32))
            {
                return address - U64(segment + 16) + U64(segment + 8);
            }
        }
    }

    private string Name(uint offset)
    {
        int start = (int)(FileOffset(_dynamic[5]) + offset);
        return Encoding.ASCII.GetString(_image, start, Array.IndexOf(_image, (byte)0, start) - start);
    }

    private ushort U16(ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan((int)offset));

    private uint U32(ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan((int)offset));

    private ulong U64(ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan((int)offset));

    /// <summary>A version that the file needs of a library: where its flags lie, the flags, and the index that symbols refer to.</summary>
    public sealed record Need(string Library, string Version, int FlagsOffset, ushort Flags, ushort Index);
}
