namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Damage to the tree: keys and subtrees deleted, doubled, moved, renamed, swapped, wrapped and nested.</summary>
internal static class TreeMutator
{
    public static void Mutate(Node root, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            Edit(root, random);
        }
    }

    private static void Edit(Node root, Random random)
    {
        var holders = root.All.Where(n => n.Children.Count > 0).ToList();
        if (holders.Count == 0)
        {
            return;
        }

        var holder = Pick(holders, random);
        var at = random.Next(holder.Children.Count);
        var (key, value) = holder.Children[at];
        var part = Pick(Corpus.Parts, random).Copy();
        switch (random.Next(14))
        {
            case 0 or 1:
                holder.Children.RemoveAt(at);
                break;
            case 2:
                // In a mapping the same key twice, or under another key.
                holder.Children.Insert(random.Next(holder.Children.Count + 1), (random.Next(3) == 0 ? key : Pick(Corpus.Keys, random), value.Copy()));
                break;
            case 3:
                holder.Children.RemoveAt(at);
                var target = Pick(holders, random);
                target.Children.Add((target.IsMap ? key.Length == 0 ? Pick(Corpus.Keys, random) : key : "", value.Copy()));
                break;
            case 4:
                holder.Children[at] = (Pick(Corpus.Keys, random), value);
                break;
            case 5:
                var other = Pick(holders, random);
                var otherAt = random.Next(other.Children.Count);
                var (otherKey, otherValue) = other.Children[otherAt];
                (holder.Children[at], other.Children[otherAt]) = ((key, otherValue.Copy()), (otherKey, value.Copy()));
                break;
            case 6 or 7:
                holder.Children[at] = (key, part);
                break;
            case 8:
                holder.Children[at] = (key, Wrap(value, random, random.Next(10) == 0 ? random.Next(20, 100) : random.Next(1, 4)));
                break;
            case 9:
                holder.Children[at] = (key, Node.Scalar(Pick(["", "~", "null", "true", "[]", "x", "0", "\n", "none"], random)));
                break;
            case 10:
                holder.Children[at] = (key, random.Next(2) == 0 ? Node.Map() : Node.List());
                break;
            case 11:
                holder.Children.Reverse();
                break;
            case 12:
                // A whole section of another spec.
                var donor = Pick(Pick(Corpus.Trees, random).Children, random);
                root.Set(donor.Key, donor.Value.Copy());
                break;
            default:
                holder.Children.Add((holder.IsMap ? Pick(Corpus.Keys, random) : "", part));
                break;
        }
    }

    /// <summary>A node inside so many lists or mappings.</summary>
    private static Node Wrap(Node node, Random random, int levels)
    {
        for (; levels > 0; levels--)
        {
            node = random.Next(2) == 0 ? Node.List([node]) : Node.Map((Pick(Corpus.Keys, random), node));
        }

        return node;
    }

    public static T Pick<T>(IReadOnlyList<T> items, Random random) => items[random.Next(items.Count)];
}
