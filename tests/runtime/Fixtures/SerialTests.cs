// libtorch has one default random generator for the whole process: a test that seeds it would see the draws of its neighbours.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
