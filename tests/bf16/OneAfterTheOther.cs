// Tests seed torch's one generator and set its threads.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
