using System;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace PvTimer.ActorTime.Xunit3;

/// <summary>
/// What a test tells is from its test actor on the thread, too, to which xunit has moved after an InitializeAsync that
/// awaited: Akka keeps by thread who tells.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ActsAsTestActorAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        (TestContext.Current.TestClassInstance as VirtualTimeTestKit)?.ActHere();
}
