using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// The 60 behaviours of KVM's timers and of the series that were written down before the emulator was built, from
/// kvm-unit-tests, the kernel's own tests and fixes, and the series itself: each is held by tests whose names begin with
/// its number, or its reason stands here.
/// </summary>
public sealed partial class ConformanceTests
{
    private const int Behaviours = 60;

    private static readonly Dictionary<int, string> WithoutTest = new()
    {
        [37] =
            "VM entry's checks of posted-interrupt controls: the machine has no VMCS that a test could fill wrongly",
    };

    [Fact]
    public void Behaviour_has_a_test_or_a_reason()
    {
        HashSet<int> tested = Tested();
        Offenders.None(
            Enumerable
                .Range(1, Behaviours)
                .Where(number => tested.Contains(number) == WithoutTest.ContainsKey(number))
                .Select(number =>
                    tested.Contains(number)
                        ? $"behaviour {number} has a test and a reason why it has none"
                        : $"behaviour {number} has neither a test nor a reason"
                )
        );
        Offenders.None(
            tested
                .Concat(WithoutTest.Keys)
                .Where(number => number is < 1 or > Behaviours)
                .Select(number => $"there is no behaviour {number}")
        );
    }

    [Fact]
    public void Manual_says_how_many_behaviours_are_held() =>
        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Behaviours - WithoutTest.Count} of {Behaviours} behaviours"
            ),
            Repository.Read("config/VALIDATION.md"),
            StringComparison.Ordinal
        );

    /// <summary>The table of the world's own tests names tests that there are.</summary>
    [Fact]
    public void Table_of_unit_tests_names_tests_that_there_are()
    {
        HashSet<string> tests =
        [
            .. Repository
                .Files(".cs")
                .Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
                .SelectMany(file => Test().Matches(Repository.Read(file)))
                .Select(test => test.Groups["name"].Value),
        ];
        string[] named =
        [
            .. Named()
                .Matches(Repository.Read("tests/PvTimer.Model.Tests/README.md"))
                .Select(test => test.Groups["name"].Value),
        ];
        Assert.NotEmpty(named);
        Offenders.None(named.Where(name => !tests.Contains(name)));
    }

    private static HashSet<int> Tested() =>
        [
            .. Repository
                .Files(".cs")
                .Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
                .SelectMany(file => BehaviourTest().Matches(Repository.Read(file)))
                .Select(test =>
                    int.Parse(test.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)
                ),
        ];

    [GeneratedRegex(
        @"^\s*public (?:async )?(?:void|Task) Behaviour_(?<number>\d\d)_\w+\(",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1_000
    )]
    private static partial Regex BehaviourTest();

    [GeneratedRegex(
        @"^\s*public (?:async )?(?:void|Task) (?<name>\w+)\(",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1_000
    )]
    private static partial Regex Test();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*_\\w+)`", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Named();
}
