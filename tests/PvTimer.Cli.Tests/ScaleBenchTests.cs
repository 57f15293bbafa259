using System;
using System.Linq;
using System.Text.Json;
using PvTimer.Cli.Benchmarks;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer bench scale and phold: what they take, and what they say. No times: those are a loaded machine's.</summary>
public sealed class ScaleBenchTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Each_size_has_a_row_per_engine_with_one_hash_and_says_how_it_grew()
    {
        Assert.Equal(0, Scale("--vcpus", "160", "--vcpus", "20", "--json"));
        using JsonDocument report = JsonDocument.Parse(_pvtimer.Output);
        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];

        // Whole hosts of 16, ascending.
        Assert.Equal([32, 32, 160, 160], rows.Select(row => row.GetProperty("vcpus").GetInt32()));
        Assert.Equal(
            "sequential actors sequential actors",
            string.Join(' ', rows.Select(row => row.GetProperty("engine").GetString()))
        );
        Assert.Equal(2, rows.Select(Hash).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(
            [true, true, false, false],
            rows.Select(row => row.GetProperty("growth").ValueKind == JsonValueKind.Null)
        );
        JsonElement bytes = rows[3].GetProperty("bytes_per_vcpu");
        Assert.InRange(bytes.GetProperty("checkpoint").GetInt64(), 100, 2_000);
    }

    /// <summary>A collection of garbage in the middle can make less of it.</summary>
    [Fact]
    public void Growth_of_what_could_not_be_measured_is_not_known()
    {
        ScaleRow small = Row(16, bytes: -3);
        ScaleRow large = Row(32, bytes: 400);
        ScaleReport report = new(
            BenchRunner.ThisMachine(),
            1_000,
            [small, large with { Growth = large.GrowthFrom(small) }]
        );
        using JsonDocument json = JsonDocument.Parse(BenchReport.ToJson(report));
        JsonElement growth = json.RootElement.GetProperty("rows")[1].GetProperty("growth");
        Assert.Equal(JsonValueKind.Null, growth.GetProperty("memory").ValueKind);
        Assert.Equal(0, growth.GetProperty("run").GetDouble());
    }

    /// <summary>Alone, because it is the whole process's memory that is looked at.</summary>
    [Fact]
    [Trait("Runs", "Alone")]
    public void Vcpu_takes_kilobytes_of_memory()
    {
        Assert.Equal(0, Scale("--vcpus", "1600", "--engine", "actors", "--json"));
        using JsonDocument report = JsonDocument.Parse(_pvtimer.Output);
        JsonElement row = Assert.Single(report.RootElement.GetProperty("rows").EnumerateArray());
        JsonElement bytes = row.GetProperty("bytes_per_vcpu");
        Assert.InRange(bytes.GetProperty("at_end").GetInt64(), 2_000, 20_000);
    }

    [Fact]
    public void One_engine_alone_is_measured()
    {
        Assert.Equal(0, Scale("--vcpus", "16", "--engine", "sequential"));
        Assert.Contains("16 sequential", _pvtimer.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("actors", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench scale --vcpus 0", "--vcpus: out of range; accepted: whole numbers from 1")]
    [InlineData(
        "bench phold --events 0",
        "--events: out of range; accepted: a whole number from 1"
    )]
    [InlineData("bench scale --vcpus 16000000 --set host.cpus=17", "are available; accepted: ")]
    public void What_cannot_be_measured_is_refused_in_a_line(string args, string said)
    {
        string[] words = args.Split(' ');
        string[] scenario = words.Contains("scale", StringComparer.Ordinal)
            ? ["--scenario", CommandLine.Repository("config/bench/scale.conf")]
            : [];
        Assert.Equal(2, _pvtimer.Run([.. words, .. scenario]));
        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Phold_runs_about_as_many_events_as_it_is_told_in_the_size_that_it_is_told()
    {
        _pvtimer.Succeed([.. "bench phold --actors 64 --events 20000 --runs 1 --json".Split(' ')]);
        using JsonDocument report = JsonDocument.Parse(_pvtimer.Output);
        Assert.False(report.RootElement.TryGetProperty("next", out _));
        JsonElement row = report.RootElement.GetProperty("rows")[1];
        Assert.InRange(row.GetProperty("events").GetInt64(), 19_000, 21_000);
        Assert.Equal(0, row.GetProperty("steady_bytes_per_event").GetDouble());
    }

    private int Scale(params string[] args) =>
        _pvtimer.Run([
            "bench",
            "scale",
            "--scenario",
            CommandLine.Repository("config/bench/scale.conf"),
            "--set",
            "duration=1ms",
            .. args,
        ]);

    private static string Hash(JsonElement row) => row.GetProperty("trace_hash").GetString()!;

    private static ScaleRow Row(int vcpus, long bytes) =>
        new(
            "sequential",
            vcpus,
            1,
            100,
            "",
            new ScaleMemory(bytes, bytes, bytes, bytes),
            new ScaleSeconds(1, 1, 1, 1, 1, 1)
        );
}
