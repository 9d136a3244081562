using CrossProvince.Contracts.Verification.V1;
using Grpc.Core;

namespace CrossProvince.Cli.Tests;

internal sealed class ExitCodesTests
{
    [Test]
    public void Of_EveryVerdict_OnlyValidIsDone()
    {
        foreach (var verdict in Enum.GetValues<Verdict>())
        {
            var expected = verdict switch
            {
                Verdict.Valid => ExitCode.Done,
                Verdict.Undetermined or Verdict.Unspecified => ExitCode.NoDecision,
                _ => ExitCode.Refused,
            };
            Assert.That(ExitCodes.Of(verdict), Is.EqualTo(expected), verdict.ToString());
        }
    }

    [Test]
    public void Of_VerdictOfALaterVersion_IsNoDecision() => Assert.That(ExitCodes.Of((Verdict)61), Is.EqualTo(ExitCode.NoDecision));

    [TestCase(StatusCode.InvalidArgument, ExitCode.BadInput)]
    [TestCase(StatusCode.NotFound, ExitCode.BadInput)]
    [TestCase(StatusCode.FailedPrecondition, ExitCode.Refused)]
    [TestCase(StatusCode.Unavailable, ExitCode.NoDecision)]
    [TestCase(StatusCode.PermissionDenied, ExitCode.NoDecision)]
    [TestCase(StatusCode.Unauthenticated, ExitCode.NoDecision)]
    [TestCase(StatusCode.ResourceExhausted, ExitCode.NoDecision)]
    [TestCase(StatusCode.Internal, ExitCode.NoDecision)]
    public void Of_Status_IsItsExitCode(StatusCode status, object expected) => Assert.That(ExitCodes.Of(status), Is.EqualTo(expected));

    [Test]
    public void Worse_AnyTwo_TwoBeforeOneBeforeThreeBeforeZero()
    {
        ExitCode[] order = [ExitCode.BadInput, ExitCode.Refused, ExitCode.NoDecision, ExitCode.Done];
        for (var i = 0; i < order.Length; i++)
        {
            for (var j = 0; j < order.Length; j++)
            {
                Assert.That(ExitCodes.Worse(order[i], order[j]), Is.EqualTo(order[Math.Min(i, j)]));
            }
        }
    }

    [Test]
    public void Values_AreThoseOfTheContract() => Assert.That(
        Enum.GetValues<ExitCode>().Select(code => ((int)code, code.ToString())),
        Is.EqualTo(new[] { (0, "Done"), (1, "Refused"), (2, "BadInput"), (3, "NoDecision") }));
}
