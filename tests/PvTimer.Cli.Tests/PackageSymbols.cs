using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection.Metadata;

namespace PvTimer.Cli.Tests;

/// <summary>What a debugger finds in a package of symbols when it steps into the package's code.</summary>
internal static class PackageSymbols
{
    // Kinds of custom debug information: the specification of portable PDBs, "Source Link" and "Embedded Source".
    private static readonly Guid s_sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    /// <summary>
    /// Each source file of ours is in it, or an address of it is; and none is named by its path on the machine that has
    /// built the package.
    /// </summary>
    public static void AssertLeadToSource(string file)
    {
        using ZipArchive package = ZipFile.OpenRead(file);
        ZipArchiveEntry[] ours =
        [
            .. package.Entries.Where(entry =>
                entry.Name.EndsWith(".pdb", StringComparison.Ordinal)
                && (
                    entry.Name.StartsWith("PvTimer.", StringComparison.Ordinal)
                    || entry.Name == "pvtimer.pdb"
                )
            ),
        ];
        Assert.NotEmpty(ours);
        Assert.All(ours, AssertLeadsToSource);
    }

    private static void AssertLeadsToSource(ZipArchiveEntry entry)
    {
        using MemoryStream image = new();
        using (Stream packed = entry.Open())
        {
            packed.CopyTo(image);
        }
        image.Position = 0;
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(image);
        MetadataReader pdb = provider.GetMetadataReader();
        Assert.NotEmpty(pdb.Documents);
        bool hasAddress = Holds(pdb, EntityHandle.ModuleDefinition, s_sourceLink);
        foreach (DocumentHandle handle in pdb.Documents)
        {
            string name = pdb.GetString(pdb.GetDocument(handle).Name);
            Assert.StartsWith("/_/", name, StringComparison.Ordinal);
            Assert.True(
                hasAddress || Holds(pdb, handle, s_embeddedSource),
                $"{entry.FullName}: {name} is neither in the symbols nor linked"
            );
        }
    }

    private static bool Holds(MetadataReader pdb, EntityHandle of, Guid kind) =>
        pdb.GetCustomDebugInformation(of)
            .Any(each => pdb.GetGuid(pdb.GetCustomDebugInformation(each).Kind) == kind);
}
