using System.Buffers.Binary;
using HrmGen.Native;

namespace HrmGen.Tests.Native;

public sealed class ElfVersionNeedsTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const ushort Weak = 2;

    private static readonly byte[] s_shim = File.ReadAllBytes(NativeFiles.LinuxShim);

    [Fact]
    public void Only_the_flags_of_the_version_change()
    {
        byte[] before = [.. s_shim];

        byte[] repaired = ElfVersionNeeds.Weaken(s_shim, Version, Symbol);

        Assert.Equal(before, s_shim);
        var stock = new ElfDynamicView(s_shim);
        ElfDynamicView.Need need = stock[Version];
        Assert.Equal(0, need.Flags);
        byte[] expected = [.. s_shim];
        BinaryPrimitives.WriteUInt16LittleEndian(expected.AsSpan(need.FlagsOffset), Weak);
        Assert.Equal(expected, repaired);
        var view = new ElfDynamicView(repaired);
        Assert.Equal("libstdc++.so.6", need.Library);
        Assert.Equal(stock.Needs.Select(other => other == need ? need with { Flags = Weak } : other), view.Needs);
    }

    [Fact]
    public void Repairing_again_changes_nothing()
    {
        byte[] once = ElfVersionNeeds.Weaken(s_shim, Version, Symbol);
        Assert.Equal(once, ElfVersionNeeds.Weaken(once, Version, Symbol));
    }

    [Fact]
    public void Other_flags_are_kept()
    {
        int offset = new ElfDynamicView(s_shim)[Version].FlagsOffset;
        byte[] repaired = ElfVersionNeeds.Weaken(Changed(offset, 0x4101), Version, Symbol);
        Assert.Equal(0x4103, BinaryPrimitives.ReadUInt16LittleEndian(repaired.AsSpan(offset)));
    }

    [Fact]
    public void A_version_that_another_symbol_needs_is_not_touched()
    {
        var view = new ElfDynamicView(s_shim);
        (int offset, string other) = view.FirstBoundTo(view["GLIBCXX_3.4"].Index);
        byte[] image = Changed(offset, view[Version].Index);

        string message = Refusal(image);

        Assert.Contains(Version, message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hidden_symbol_of_the_version_counts_too()
    {
        var view = new ElfDynamicView(s_shim);
        const ushort hidden = 0x8000;
        (int offset, string other) = view.FirstBoundTo(view["GLIBCXX_3.4"].Index);
        Assert.Contains(other, Refusal(Changed(offset, (ushort)(view[Version].Index | hidden))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.320")]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("LIBCXX_3.4.32")]
    public void A_version_that_is_not_needed_is_said_to_be_missing(string version)
    {
        var e = Assert.Throws<ElfFormatException>(() => ElfVersionNeeds.Weaken(s_shim, version, Symbol));
        Assert.Equal($"it does not need the version {version}", e.Message);
    }

    [Fact]
    public void Other_kinds_of_file_are_refused()
    {
        Assert.Equal("it is not an ELF file", Refusal([]));
        Assert.Equal("it is not an ELF file", Refusal("MZ and a Windows library"u8.ToArray()));
        Assert.Equal("it is not a 64-bit x86 ELF file", Refusal(Changed(4, 0x0101)));
        const ushort bigEndian64 = 0x0202, arm64 = 183;
        Assert.Equal("it is not a 64-bit x86 ELF file", Refusal(Changed(4, bigEndian64)));
        Assert.Equal("it is not a 64-bit x86 ELF file", Refusal(Changed(18, arm64)));
    }

    [Fact]
    public void A_stripped_section_table_is_refused()
    {
        Assert.Equal("its section headers are missing or of an unknown size", Refusal(Changed(58, 0)));
        Assert.Equal("it has no section of version needs", Refusal(Changed(60, 0)));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        // The table of sections comes last in the shim, so any cut of it is found at once: a copy that begins with it, and
        // goes on with nothing but what is read, shows every other cut.
        byte[] compact = Compact();
        Assert.Single(ElfVersionNeeds.Weaken(compact, Version, Symbol).Zip(compact), pair => pair.First != pair.Second);
        for (int length = 0; length < compact.Length; length += length < 2000 ? 1 : 97)
        {
            Refusal(compact[..length]);
        }

        Refusal(compact[..^1]);
        for (int length = 0; length < s_shim.Length; length += 4999)
        {
            Refusal(s_shim[..length]);
        }
    }

    [Fact]
    public void Random_damage_is_refused_or_harmless()
    {
        byte[] image = Compact();
        var random = new Random(20260101);
        int refused = 0;
        for (int round = 0; round < 6000; round++)
        {
            int changes = random.Next(1, 6);
            var undo = new Stack<(int Offset, byte Value)>();
            for (int i = 0; i < changes; i++)
            {
                // Nine in ten hit the headers and the version needs, which are the first bytes.
                int offset = random.Next(10) == 0 ? random.Next(image.Length) : random.Next(1200);
                undo.Push((offset, image[offset]));
                image[offset] = random.Next(3) switch
                {
                    0 => (byte)random.Next(256),
                    1 => (byte)(image[offset] ^ (1 << random.Next(8))),
                    _ => (byte)(random.Next(2) * 255),
                };
            }

            try
            {
                byte[] repaired = ElfVersionNeeds.Weaken(image, Version, Symbol);
                int same = repaired.AsSpan().CommonPrefixLength(image);
                Assert.True(same == image.Length || repaired.AsSpan(same + 1).SequenceEqual(image.AsSpan(same + 1)));
            }
            catch (ElfFormatException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
            }

            while (undo.TryPop(out (int Offset, byte Value) change))
            {
                image[change.Offset] = change.Value;
            }
        }

        Assert.InRange(refused, 1000, 5999);
    }

    [Fact]
    public void Chains_that_do_not_advance_end()
    {
        byte[] image = Compact();
        // The first library's count of versions at its largest, each version the next of itself.
        const int firstNeed = CompactContents;
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(firstNeed + 2), ushort.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(firstNeed + 16 + 12), 0);
        Assert.Equal("its version needs overlap", Refusal(image));
    }

    // Header, five section headers (none, needs, versions, names, symbols), then these four sections in that order.
    private const int CompactContents = 64 + (5 * 64);

    private static byte[] Compact()
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(s_shim.AsSpan(40));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(s_shim.AsSpan(60));
        byte[][] headers = [.. Enumerable.Range(0, count).Select(i => s_shim.AsSpan((int)table + (64 * i), 64).ToArray())];
        byte[] Typed(uint type) => headers.First(header => BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) == type);
        byte[] needs = Typed(0x6ffffffe), versions = Typed(0x6fffffff), symbols = Typed(11);
        byte[] names = headers[BinaryPrimitives.ReadInt32LittleEndian(needs.AsSpan(40))];
        var image = new List<byte>(s_shim.AsSpan(0, 64).ToArray());
        var contents = new List<byte>();
        image.AddRange(new byte[64]);
        foreach (byte[] section in new[] { needs, versions, names, symbols })
        {
            int start = BinaryPrimitives.ReadInt32LittleEndian(section.AsSpan(24)), size = BinaryPrimitives.ReadInt32LittleEndian(section.AsSpan(32));
            const int namesIndex = 3;
            byte[] header = [.. section];
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), CompactContents + contents.Count);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), namesIndex);
            image.AddRange(header);
            contents.AddRange(s_shim.AsSpan(start, size).ToArray());
        }

        byte[] compact = [.. image, .. contents];
        BinaryPrimitives.WriteInt64LittleEndian(compact.AsSpan(40), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(compact.AsSpan(60), 5);
        return compact;
    }

    private static byte[] Changed(int offset, ushort value)
    {
        byte[] image = [.. s_shim];
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);
        return image;
    }

    private static string Refusal(byte[] image) => Assert.Throws<ElfFormatException>(() => ElfVersionNeeds.Weaken(image, Version, Symbol)).Message;
}
