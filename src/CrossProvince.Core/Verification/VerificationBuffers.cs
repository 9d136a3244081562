using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;

namespace CrossProvince.Core.Verification;

/// <summary>What a thread needs to judge a group of scans, used over and over so that judging allocates nothing.</summary>
/// <remarks>A thread that judges does nothing else until it is done, so it is in one group at a time; what an answer says is copied out of here.</remarks>
internal sealed class VerificationBuffers
{
    /// <summary>Most scans of a group: a multiple of what signatures and hashes take side by side, small enough for the processor's nearest memory.</summary>
    public const int Capacity = 64;

    [ThreadStatic]
    private static VerificationBuffers? t_ofThisThread;

    private readonly byte[] _messages = new byte[Capacity * PresentationMessage.MaxBytes];

    private VerificationBuffers()
    {
    }

    /// <summary>The buffers of the calling thread, about 40 KB, made when it judges for the first time.</summary>
    public static VerificationBuffers OfThisThread => t_ofThisThread ??= new VerificationBuffers();

    /// <summary>Step 4.</summary>
    public SignatureRound Signatures { get; } = new(Capacity);

    /// <summary>Step 10.</summary>
    public EntryTagBatch Tags { get; } = new(Capacity);

    /// <summary>Where the bytes of a scan's code go.</summary>
    public Memory<byte> MessageAt(int place) => _messages.AsMemory(place * PresentationMessage.MaxBytes, PresentationMessage.MaxBytes);
}
