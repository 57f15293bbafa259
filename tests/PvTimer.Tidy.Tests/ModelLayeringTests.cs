using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// The folders of the model are layers: each uses those below it, so that none depends on itself by way of others.
/// What a folder uses its files say themselves: the build admits no needless using directive.
/// </summary>
public sealed partial class ModelLayeringTests
{
    private const string Model = "src/PvTimer.Model/";

    // Lowest first; a new folder is entered here, on purpose.
    private static readonly string[] Layers =
    [
        "Time",
        "Events",
        "Collections",
        "State",
        "Chance",
        "Costs",
        "Topology",
        "Msrs",
        "Apic",
        "Vmx",
        "Hrtimers",
        "Threads",
        "Messages",
        "Migration",
        "Reports",
        "Guests",
        "Guests.Programs",
        "Timers",
        "Timers.Avic",
        "Timers.Hrtimers",
        "Timers.Paratick",
        "Timers.Paravirt",
        "Processors",
        "Timers.ApicTimer",
        "Timers.Passthrough",
        "Timers.PostedTimer",
        "Timers.PreemptionTimer",
        "Timers.Fastpath",
        "Timers.Synthetic",
        "Backends",
        "Vcpus",
        "Looks",
        "Recording",
        "Description",
    ];

    // What points upwards today, as "user > used". An entry is only ever struck out.
    private static readonly HashSet<string> Upward = new(StringComparer.Ordinal)
    {
        "Messages > Guests",
        "Topology > Timers",
        "Topology > Timers.Paravirt",
    };

    [Fact]
    public void Every_folder_of_the_model_is_a_layer() =>
        Assert.Equal(
            Layers.Order(StringComparer.Ordinal),
            Files().Select(FolderOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Folder_of_the_model_uses_those_below_it_only() =>
        Offenders.None(
            UpwardUses()
                .Where(use => !Upward.Contains(use.Key))
                .Select(use => $"{use.Key}, in {string.Join(", ", use)}")
        );

    [Fact]
    public void Exception_to_the_layers_is_needed() =>
        Offenders.None(
            Upward
                .Except(UpwardUses().Select(use => use.Key), StringComparer.Ordinal)
                .Select(use => $"{use} is no longer needed: strike it from the list")
        );

    /// <summary>The files that use a higher layer, by "user > used".</summary>
    private static IEnumerable<IGrouping<string, string>> UpwardUses() =>
        Files()
            .SelectMany(file => UsedBy(file).Select(used => (File: file, Used: used)))
            .Where(use => LayerOf(use.Used) > LayerOf(FolderOf(use.File)))
            .GroupBy(
                use => $"{FolderOf(use.File)} > {use.Used}",
                use => use.File,
                StringComparer.Ordinal
            );

    private static IEnumerable<string> Files() =>
        Repository
            .SourceFiles(".cs")
            .Where(file => file.StartsWith(Model, StringComparison.Ordinal));

    private static string FolderOf(string file) =>
        string.Join('.', file[Model.Length..].Split('/')[..^1]);

    /// <summary>The folders whose types the file names; the one around its own needs no directive.</summary>
    private static IEnumerable<string> UsedBy(string file)
    {
        string folder = FolderOf(file);
        int inner = folder.LastIndexOf('.');
        return Directive()
            .Matches(Repository.Read(file))
            .Select(used => used.Groups["folder"].Value)
            .Concat(inner < 0 ? [] : [folder[..inner]])
            .Distinct(StringComparer.Ordinal);
    }

    private static int LayerOf(string folder)
    {
        int layer = Array.IndexOf(Layers, folder);
        Assert.True(layer >= 0, $"{folder} is no layer of the model");
        return layer;
    }

    [GeneratedRegex(
        @"^using PvTimer\.Model\.(?<folder>[\w.]+);",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex Directive();
}
