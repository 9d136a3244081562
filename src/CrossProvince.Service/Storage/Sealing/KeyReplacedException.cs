namespace CrossProvince.Service.Storage.Sealing;

/// <summary>This node's current key was replaced while it ran: it must be started again with the key file that the others have.</summary>
internal sealed class KeyReplacedException()
    : Exception("A key that this node writes by was replaced by 'crossprovince storage rewrap'. Start the node again with the key file that the other nodes have.");
