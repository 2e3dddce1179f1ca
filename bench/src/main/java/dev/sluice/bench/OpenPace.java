package dev.sluice.bench;

import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPace.Arrivals;

/** Rates that are kept whatever the server does, with the arrivals of independent clients. */
final class OpenPace {

  /** A quick look on a machine that is busy may have found a rate of nothing; a load needs one. */
  private static final double LEAST = 10;

  private OpenPace() {}

  /** Over 64 connections. */
  static LoadPace rest(double perSecond) {
    return new LoadPace.Open(Math.max(LEAST, perSecond), Arrivals.POISSON, 64, 1);
  }

  /** Over 8 connections with up to 100 streams each, which every server allows. */
  static LoadPace grpc(double perSecond) {
    return new LoadPace.Open(Math.max(LEAST, perSecond), Arrivals.POISSON, 8, 100);
  }
}
