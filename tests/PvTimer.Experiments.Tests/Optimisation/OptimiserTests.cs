using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Sweeps;
using PvTimer.Experiments.Tests.Sweeps;

namespace PvTimer.Experiments.Tests.Optimisation;

/// <summary>Whatever is searched, the whole matrix gives the same answer.</summary>
public sealed class OptimiserTests : IDisposable
{
    private const string Long = "pvtimer.scan-period=10us..640us:+10us";

    private readonly SweptScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void Best_point_at_a_constraint_is_found_by_bisection()
    {
        // CPU falls and lateness rises with the scan period: the longest period whose lateness is kept.
        InventedRunner runner = new(
            point => 1000 * point.Scan * (point.Backend == "pvtimer" ? 1 : 2),
            point => 10 / point.Scan
        );
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(5, Long),
            ["pvtimer.cpu"],
            ["lateness.p99 < 333us"]
        );
        RatedCandidate best = Assert.Single(result.Front);
        Assert.Equal("pvtimer.scan-period=330us", best.Candidate.Point.ToString());
        Assert.InRange(result.Runs, 1, 30);
        Assert.Equal(320, result.FullRuns);
        Assert.Contains(
            result.Remarks,
            line =>
                line.Contains("pvtimer.cpu falls", StringComparison.Ordinal)
                && line.Contains("lateness_ns.p99 rises", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Two_constraints_that_leave_a_range_and_a_second_axis()
    {
        InventedRunner runner = new(
            point => 1000 * (point.Scan + (point.Padding / 1000)),
            point => 10 / point.Scan
        );
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(4, Long, "pvtimer.padding=10000cycles,20000cycles,30000cycles"),
            ["pvtimer.lateness.p99"],
            ["cpu < 0.05", "lateness.p99 < 500us"]
        );
        Assert.Equal(
            "pvtimer.scan-period=210us pvtimer.padding=10000cycles",
            Assert.Single(result.Front).Candidate.Point.ToString()
        );
        Assert.True(result.Runs < result.FullRuns / 5, $"{result.Runs} runs");
    }

    [Fact]
    public void What_is_not_monotone_is_raced_and_said()
    {
        InventedRunner runner = new(
            point => 100_000 + (1000 * Math.Abs(point.Scan - 270)) + (3000 * point.Noise),
            _ => 1
        );
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(8, Long),
            ["pvtimer.lateness.p99"],
            []
        );
        Assert.True(result.Runs < result.FullRuns / 2, $"{result.Runs} runs");
        Assert.Contains(
            result.Remarks,
            line => line.Contains("is not monotone", StringComparison.Ordinal)
        );
        Assert.Contains(
            result.Remarks,
            line => line.Contains("were given up", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Dip_between_the_first_samples_is_not_taken_for_monotone_once_it_is_seen()
    {
        // The bisection for 333 us looks at positions around 330 us, where the lateness dips.
        InventedRunner runner = new(
            point => 1000 * (point.Scan is > 300 and < 350 ? 100 : point.Scan),
            point => 10 / point.Scan
        );
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(2, Long),
            ["pvtimer.cpu"],
            ["lateness.p99 < 333us"]
        );
        Assert.Equal(
            "pvtimer.scan-period=340us",
            Assert.Single(result.Front).Candidate.Point.ToString()
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Front_of_contradicting_objectives_is_whole(int repetitions)
    {
        InventedRunner runner = new(
            point => 1000 * point.Scan * (point.Backend == "pvtimer" ? 1 : 1.7),
            point => 10 / point.Scan * (point.Padding > 25_000 ? 2 : 1)
        );
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(
                repetitions,
                "pvtimer.scan-period=10us..320us:x2",
                "pvtimer.padding=10000cycles,30000cycles"
            ),
            ["cpu", "lateness.p99"],
            []
        );
        Assert.Equal(6, result.Front.Length);
        Assert.All(result.Front, each => Assert.Equal("pvtimer", each.Candidate.Backend));
    }

    [Fact]
    public void Noisy_matrices_have_the_answer_of_the_whole()
    {
        for (int shape = 1; shape <= 20; shape++)
        {
            int at = shape;
            InventedRunner runner = new(
                point =>
                    (1000 * Math.Abs(point.Scan - (17 * at)))
                    + (point.Padding / 10)
                    + (20_000 * point.Noise),
                point => (10 / point.Scan) + (0.001 * point.Noise)
            );
            Check(
                runner,
                _scenario.Plan(
                    6,
                    "pvtimer.scan-period=20us..340us:+40us",
                    "pvtimer.padding=10000cycles,90000cycles"
                ),
                ["pvtimer.lateness.p99"],
                ["cpu < 0.3"],
                $"shape-{at}"
            );
        }
    }

    [Fact]
    public void No_feasible_point_is_no_answer()
    {
        InventedRunner runner = new(point => 1000 * point.Scan, _ => 1);
        OptimisationResult result = Check(
            runner,
            _scenario.Plan(2, Long),
            ["pvtimer.cpu"],
            ["lateness.p99 < 1us"]
        );
        Assert.Empty(result.Front);
    }

    [Fact]
    public void Real_runs_have_the_answer_of_the_whole_matrix()
    {
        SweepPlan plan = _scenario.Plan(
            3,
            "pvtimer.scan-period=20us..320us:x2",
            "pvtimer.padding=10000cycles,40000cycles"
        );
        OptimisationResult result = Check(
            new LocalRunner(2),
            plan,
            ["lateness.p99"],
            ["cpu < 2.5"]
        );
        Assert.NotEmpty(result.Front);
    }

    [Theory]
    [InlineData("lateness.p98", null, "there is no number 'lateness.p98'")]
    [InlineData("cpu", "cpu", "has no comparison")]
    [InlineData("cpu", "lateness.p99 < 5", "'< 5' is no condition")]
    [InlineData("cpu", "cpu < 5us", "'< 5us' is no condition")]
    public void What_is_no_goal_is_refused(string objective, string? constraint, string why)
    {
        SweepPlan plan = _scenario.Plan(1, "host.cpus=3");
        SweepException refused = Assert.Throws<SweepException>(() =>
        {
            _ = Objective.Parse(plan, objective);
            _ = Constraint.Parse(plan, constraint ?? "");
        });
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("accepted:", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Searches, and compares with what the whole matrix says.</summary>
    private OptimisationResult Check(
        IPointRunner runner,
        SweepPlan plan,
        string[] objectives,
        string[] constraints,
        string store = "searched"
    )
    {
        ImmutableArray<Objective> goals =
        [
            .. objectives.Select(each => Objective.Parse(plan, each)),
        ];
        ImmutableArray<Constraint> conditions =
        [
            .. constraints.Select(each => Constraint.Parse(plan, each)),
        ];
        SweepRuns runs = new(plan, _scenario.Store(store), runner);
        OptimisationResult result = Optimiser.Run(
            runs,
            goals,
            conditions,
            _ => { },
            CancellationToken.None
        );
        if (runner is InventedRunner invented)
        {
            Assert.Equal(invented.Runs, result.Runs);
        }
        SweepRuns whole = new(plan, _scenario.Store(store + "-whole"), runner);
        whole.Ensure(plan.Runs, _ => { }, CancellationToken.None);
        SearchSpace space = new(whole, goals, conditions);
        ImmutableArray<RatedCandidate> expected = Front.Of(
            from backend in space.Backends
            from point in plan.Points
            select space.Rate(new Candidate(point, backend))!
        );
        Assert.Equal(
            expected.Select(each => each.Candidate.ToString()).Order(StringComparer.Ordinal),
            result.Front.Select(each => each.Candidate.ToString()).Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        Assert.Equal(
            expected.Select(each => each.Objectives[0].Mean).Order(),
            result.Front.Select(each => each.Objectives[0].Mean).Order()
        );
        return result;
    }
}
