using System;
using System.Globalization;
using System.Threading.Tasks;
using Akka.TestKit;

namespace PvTimer.ActorTime;

/// <summary>What Akka's own test kit asserts with; no test framework is needed for it.</summary>
internal sealed class Assertions : ITestKitAssertions
{
    public void Fail(string format = "", params object[] args) =>
        throw new ScriptException(Text(format, args));

    public void AssertTrue(bool condition, string format = "", params object[] args)
    {
        if (!condition)
        {
            Fail(format, args);
        }
    }

    public void AssertFalse(bool condition, string format = "", params object[] args) =>
        AssertTrue(!condition, format, args);

    public void AssertEqual<T>(T expected, T actual, string format = "", params object[] args) =>
        AssertEqual(expected, actual, static (left, right) => Equals(left, right), format, args);

    public void AssertEqual<T>(
        T expected,
        T actual,
        Func<T, T, bool> comparer,
        string format = "",
        params object[] args
    ) =>
        AssertTrue(
            comparer(expected, actual),
            "{0}",
            $"expected {expected}, got {actual}. {Text(format, args)}"
        );

    public Exception AssertThrows(Action action) => AssertThrows<Exception>(action);

    public TException AssertThrows<TException>(Action action)
        where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException thrown)
        {
            return thrown;
        }
        throw new ScriptException($"expected {typeof(TException).Name}; nothing was thrown");
    }

    public Task<Exception> AssertThrowsAsync(Func<Task> action) =>
        AssertThrowsAsync<Exception>(action);

    public async Task<TException> AssertThrowsAsync<TException>(Func<Task> action)
        where TException : Exception
    {
        try
        {
            await action().ConfigureAwait(true);
        }
        catch (TException thrown)
        {
            return thrown;
        }
        throw new ScriptException($"expected {typeof(TException).Name}; nothing was thrown");
    }

    private static string Text(string format, object[] args) =>
        args.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, args);
}
